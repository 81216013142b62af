//! S33: whoever takes a rollout over looks at the world before it changes anything.
//!
//! Excused: the cut, which needs no reading; a hook of the host, which touches neither side; whoever
//! created the rollout.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, changes, ensure, is_cut};
use crate::provider::Operation;
use crate::world::Sent;

/// S33.
#[derive(Debug, Default)]
pub(super) struct S33 {
    /// The epoch that took over last.
    epoch: Option<u64>,
    /// The last epoch that has looked. It may do so before it says in a fact that it began.
    looked: Option<u64>,
}

impl Oracle for S33 {
    fn id(&self) -> &'static str {
        "S33"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if matches!(entry.fact, Fact::EpochBegan { .. }) {
            let first = !story.facts().any(|fact| matches!(fact, Fact::EpochBegan { .. }));
            self.epoch = (!first).then_some(entry.epoch);
        }
        Ok(())
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !story.is_ours(&sent.rollout) {
            return Ok(());
        }
        let epoch = sent.fence.epoch;
        if matches!(
            sent.operation,
            Operation::ReadSplit | Operation::Describe | Operation::FindHook
        ) {
            self.looked = self.looked.max(Some(epoch));
        }
        let blind = self.epoch == Some(epoch) && self.looked != Some(epoch);
        let touches = changes(sent.operation) && sent.operation != Operation::RunHook;
        ensure(!blind || !touches || is_cut(story, sent), || {
            format!("{} is the first thing that epoch {epoch} does", sent.operation)
        })
    }
}
