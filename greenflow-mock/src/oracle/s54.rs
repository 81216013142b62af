//! S54: facts follow each other without a gap, no epoch goes back, and a controller begins before
//! it acts, also after it was killed at any moment.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S54.
#[derive(Debug, Default)]
pub(super) struct S54 {
    /// The epoch of the last fact. A controller that only waited takes its lease again without a
    /// word, so an epoch need not have a beginning of its own.
    epoch: u64,
    /// A controller has begun.
    begun: bool,
}

impl Oracle for S54 {
    fn id(&self) -> &'static str {
        "S54"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let newest = story.entries.last().map_or(0, |last| last.sequence);
        ensure(entry.sequence == newest + 1, || {
            format!("fact {} follows on {newest}", entry.sequence)
        })?;
        ensure(entry.epoch >= self.epoch, || {
            format!("epoch {} after {}", entry.epoch, self.epoch)
        })?;
        self.epoch = entry.epoch;
        match &entry.fact {
            Fact::EpochBegan { .. } => {
                self.begun = true;
                Ok(())
            }
            Fact::Intent { write, .. } => {
                ensure(self.begun, || format!("{} before anybody began", write.name()))
            }
            _ => Ok(()),
        }
    }
}
