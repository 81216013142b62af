//! S19: the first write of a way back is the cut.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure, rolled_back};

/// S19.
#[derive(Debug, Default)]
pub(super) struct S19;

impl Oracle for S19 {
    fn id(&self) -> &'static str {
        "S19"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Intent { write, .. } = &entry.fact else { return Ok(()) };
        if story.phase != PhaseName::RollingBack || write.is_cut() {
            return Ok(());
        }
        let cut = |entry: &Entry| matches!(&entry.fact, Fact::Intent { write: Write::Cut, .. });
        ensure(story.since(rolled_back).any(cut), || {
            format!("{} precedes the cut on the way back", write.name())
        })
    }
}
