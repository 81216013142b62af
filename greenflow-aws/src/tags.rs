//! The tags by which a rollout finds again what it registered.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use greenflow_core::value::{Digest, RolloutId};
use sha2::{Digest as _, Sha256};

/// Returns the tags of a new revision: those of its base, and ours.
pub(crate) fn of_revision(
    base: &BTreeMap<String, String>,
    app: &str,
    rollout: &RolloutId,
    digest: &Digest,
) -> BTreeMap<String, String> {
    let mut tags = base.clone();
    tags.retain(|key, _| !key.starts_with("aws:"));
    tags.insert("greenflow:app".to_owned(), value(app));
    tags.insert(ROLLOUT.to_owned(), value(rollout.as_str()));
    tags.insert(ARTIFACT.to_owned(), value(digest.as_str()));
    tags
}

/// Returns whether these are the tags of a revision that this rollout registered.
pub(crate) fn is_of(tags: &BTreeMap<String, String>, rollout: &RolloutId) -> bool {
    tags.get(ROLLOUT).is_some_and(|found| *found == value(rollout.as_str()))
}

/// Returns whether they are also those of this image.
pub(crate) fn is_of_artifact(tags: &BTreeMap<String, String>, digest: &Digest) -> bool {
    tags.get(ARTIFACT).is_some_and(|found| *found == value(digest.as_str()))
}

const ROLLOUT: &str = "greenflow:rollout";
const ARTIFACT: &str = "greenflow:artifact";

/// What AWS takes as a tag's value: the text, or its hash where the text will not do.
fn value(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
    if text.len() <= 256 && text.chars().all(fits) {
        return text.to_owned();
    }
    let mut hash = "sha256:".to_owned();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a text cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_finds_its_own_and_no_other() {
        let rollout = |name: &str| RolloutId::new(name).unwrap();
        let digest = |fill: &str| Digest::new(format!("sha256:{}", fill.repeat(64))).unwrap();
        let base = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
        for name in ["r-1", "rollout of the 3rd, ünïcode & more"] {
            let tags = of_revision(&base, "api", &rollout(name), &digest("a"));
            assert!(is_of(&tags, &rollout(name)) && !is_of(&tags, &rollout("r-2")));
            assert!(is_of_artifact(&tags, &digest("a")) && !is_of_artifact(&tags, &digest("b")));
            assert_eq!(tags["team"], "shop");
            assert!(tags.values().all(|value| value.is_ascii() && value.len() <= 256));
        }
    }
}
