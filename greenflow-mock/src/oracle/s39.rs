//! S39: what a person orders is journaled with their name, and changes no step.
//!
//! Excused: nothing. That the orders keep S1 to S5 and S15 is for those oracles: they ask nobody who ordered.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S39.
#[derive(Debug, Default)]
pub(super) struct S39;

impl Oracle for S39 {
    fn id(&self) -> &'static str {
        "S39"
    }

    fn fact(&mut self, _: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Commanded(command) = &entry.fact else { return Ok(()) };
        ensure(!command.who.name.is_empty(), || format!("nobody ordered {:?}", command.action))
    }
}
