//! S23: blue is removed only where the plan says so.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::value::Side;

use super::{Oracle, Story, ensure};

/// S23.
#[derive(Debug, Default)]
pub(super) struct S23;

impl Oracle for S23 {
    fn id(&self) -> &'static str {
        "S23"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Intent { write: Write::Remove { side: Side::Blue, .. }, .. } = &entry.fact else {
            return Ok(());
        };
        let said = story.plan().is_some_and(|plan| plan.retire.remove_blue);
        ensure(said, || "blue is removed, and the plan keeps it".to_owned())
    }
}
