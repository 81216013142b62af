//! S54: a controller that comes back begins an epoch and looks before it acts.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S54.
#[derive(Debug, Default)]
pub(super) struct S54 {
    /// The epoch of the last fact, and whether it was begun.
    epoch: u64,
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
        if entry.epoch > self.epoch {
            (self.epoch, self.begun) = (entry.epoch, false);
        }
        match &entry.fact {
            Fact::EpochBegan { .. } => {
                self.begun = true;
                Ok(())
            }
            Fact::Intent { write, .. } => {
                ensure(self.begun, || format!("{} before the epoch began", write.name()))
            }
            _ => Ok(()),
        }
    }
}
