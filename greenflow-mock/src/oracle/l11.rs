//! L11: a journal that cannot be read stops no other service.
//!
//! Excused: a rollout that waits for a person.

use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};

/// L11.
#[derive(Debug, Default)]
pub(super) struct L11;

impl Oracle for L11 {
    fn id(&self) -> &'static str {
        "L11"
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let over = story.phase.is_terminal() || story.phase == PhaseName::Stuck;
        ensure(over || !story.given.damaged, || {
            format!("it stands in {} beside another service's damaged journal", story.phase)
        })
    }
}
