//! Keeping late and outdated writes out.

use std::collections::{BTreeMap, BTreeSet};

use greenflow_core::provider::{CallContext, ErrorKind, ProviderError};
use greenflow_core::value::RolloutId;
use serde::{Deserialize, Serialize};

use super::store::refused;

/// The writes that were applied: the newest of each thing that can be written. It is kept in the
/// document it guards, so that both change in one rename.
///
/// More than the newest need not be kept. An older write is outdated, whether it was applied or
/// not. The newest itself may come again (an answer was lost, another controller took over): then
/// it is carried out again, and as every write here is absolute ("blue gets 90 %", never "10 %
/// less"), that changes nothing, unless somebody else has changed it in between; and then it must
/// be carried out again. What is not absolute, such as a backup, keeps a record of each effect.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Fenced {
    /// Whose turn it is. Tokens of different rollouts cannot be compared.
    rollout: Option<RolloutId>,
    newest: BTreeMap<String, Token>,
    /// Whose turn is over: nothing of theirs may land any more.
    past: BTreeSet<RolloutId>,
}

/// Epoch first: a controller that has lost its lease is outdated, however many writes it makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct Token {
    epoch: u64,
    sequence: u64,
}

impl Fenced {
    /// Lets a write of `what` pass, and remembers it as the newest; or refuses it.
    pub(super) fn admit(
        &mut self,
        cx: &CallContext,
        what: &str,
        operation: &'static str,
    ) -> Result<(), ProviderError> {
        let conflict = || refused(ErrorKind::Conflict, operation).on(what);
        if self.past.contains(&cx.rollout) {
            return Err(conflict().because("a newer rollout has begun to write"));
        }
        if self.rollout.as_ref() != Some(&cx.rollout) {
            self.past.extend(self.rollout.replace(cx.rollout.clone()));
            self.newest.clear();
        }
        let token = Token { epoch: cx.fence.epoch, sequence: cx.fence.sequence };
        match self.newest.get(what) {
            Some(newest) if token < *newest => {
                let (epoch, sequence) = (newest.epoch, newest.sequence);
                Err(conflict().because(format!("write {sequence} of epoch {epoch} is newer")))
            }
            Some(_) | None => {
                self.newest.insert(what.to_owned(), token);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use greenflow_core::provider::FenceToken;

    use super::*;

    fn admit(fenced: &mut Fenced, rollout: &str, epoch: u64, sequence: u64) -> bool {
        let token = FenceToken { epoch, sequence };
        let cx = CallContext::new(rollout.parse().unwrap(), token, Duration::from_secs(1));
        fenced.admit(&cx, "split", "test").is_ok()
    }

    #[test]
    fn only_the_newest_write_passes_and_passes_again() {
        let mut fenced = Fenced::default();
        assert!(admit(&mut fenced, "a", 1, 5));
        assert!(admit(&mut fenced, "a", 1, 5), "a repeat");
        assert!(admit(&mut fenced, "a", 2, 5), "a repeat by the next controller");
        assert!(!admit(&mut fenced, "a", 1, 9), "an earlier controller");
        assert!(!admit(&mut fenced, "a", 2, 4), "an earlier write");
        assert!(admit(&mut fenced, "b", 1, 1), "another rollout counts anew");
        assert!(!admit(&mut fenced, "a", 9, 9), "its turn is over");
    }
}
