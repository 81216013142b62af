//! L09: a way back that was interrupted, however often, still ends.
//!
//! Excused: one that waits for a person, who was told what to do.

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};

/// L09.
#[derive(Debug, Default)]
pub(super) struct L09 {
    /// How often somebody took over on the way back.
    times: u32,
}

impl Oracle for L09 {
    fn id(&self) -> &'static str {
        "L09"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let taken = matches!(entry.fact, Fact::EpochBegan { .. });
        if taken && story.phase == PhaseName::RollingBack {
            self.times += 1;
        }
        Ok(())
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let over = story.phase.is_terminal() || story.phase == PhaseName::Stuck;
        ensure(over || self.times == 0, || {
            format!("a way back was taken over {} times and stands in {}", self.times, story.phase)
        })
    }
}
