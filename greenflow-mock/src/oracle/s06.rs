//! S06: when a rollout has ended, blue is not pinned any more, or people were told that it is.
//!
//! Excused: writes that land late or twice.

use greenflow_core::fact::{Fact, Move};

use super::{Oracle, Story, ensure};

/// S06.
#[derive(Debug, Default)]
pub(super) struct S06;

impl Oracle for S06 {
    fn id(&self) -> &'static str {
        "S06"
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        if !story.phase.is_terminal() || story.given.late_writes {
            return Ok(());
        }
        let told = story.facts().any(|fact| {
            let Fact::Moved(Move::Complete { leftovers } | Move::FinishRollback { leftovers }) =
                fact
            else {
                return false;
            };
            leftovers.iter().any(|left| left.contains("pin"))
        });
        let pinned = story.last.as_ref().and_then(|last| last.sides.blue.pinned_at);
        ensure(pinned.is_none() || told, || format!("blue is still pinned at {pinned:?}"))
    }
}
