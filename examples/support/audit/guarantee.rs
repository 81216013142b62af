//! Which guarantees a journal alone can show broken.

use greenflow_mock::oracle;
use serde::Serialize;

/// A guarantee, and what it takes to judge it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Guarantee {
    /// Its id.
    pub id: &'static str,
    /// What it takes.
    pub evidence: Evidence,
}

/// What it takes to judge a guarantee.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the example's own")]
pub enum Evidence {
    /// The facts.
    Journal,
    /// The facts for a part of it; the rest is about what the world did.
    JournalInPart,
    /// What the world, or the processes, did: nothing that is in a journal.
    World,
}

/// Returns every guarantee that has an oracle, in the oracles' order.
#[must_use]
pub fn guarantees() -> Vec<Guarantee> {
    let evidence = |id| match id {
        id if WHOLE.contains(&id) => Evidence::Journal,
        id if IN_PART.contains(&id) => Evidence::JournalInPart,
        _ => Evidence::World,
    };
    let ids = oracle::all().into_iter().map(|oracle| oracle.id());
    ids.map(|id| Guarantee { id, evidence: evidence(id) }).collect()
}

/// An oracle that is named in neither list is said to need a world, until somebody has looked.
const WHOLE: [&str; 23] = [
    "S07", "S08", "S09", "S10", "S11", "S16", "S19", "S21", "S23", "S24", "S25", "S26", "S27",
    "S35", "S36", "S37", "S38", "S39", "S45", "S48", "S53", "S54", "L09",
];
const IN_PART: [&str; 12] =
    ["S02", "S05", "S12", "S13", "S14", "S17", "S18", "S40", "S42", "S49", "S50", "S51"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guarantee_that_is_named_here_has_an_oracle() {
        let known: Vec<&str> = guarantees().iter().map(|guarantee| guarantee.id).collect();
        for id in WHOLE.iter().chain(&IN_PART) {
            assert!(known.contains(id), "{id} has no oracle any more");
        }
    }
}
