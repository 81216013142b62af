//! S24: a failed clean-up never fails a promoted rollout: it completes and tells what is left, as does
//! one that went back and could not stop green. What the world still holds at the end counts, whatever
//! was acknowledged.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Move, OutcomeClass, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::Side;

use super::{Oracle, Story, ensure};

/// S24.
#[derive(Debug, Default)]
pub(super) struct S24;

impl Oracle for S24 {
    fn id(&self) -> &'static str {
        "S24"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Moved(to) = &entry.fact else { return Ok(()) };
        if story.retired_at.is_none() {
            return Ok(());
        }
        match to {
            Move::Watch => Ok(()),
            Move::Complete { leftovers } => {
                let meant = story.plan().is_some_and(|plan| plan.retire.remove_blue);
                ensure(!meant || removed(story) || !leftovers.is_empty(), || {
                    "blue was not removed, and nothing is said to be left over".to_owned()
                })
            }
            other => Err(format!("{} after blue's removal was decided", other.name())),
        }
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let Some(last) = &story.last else { return Ok(()) };
        let meant = story.plan().is_some_and(|plan| plan.retire.remove_blue);
        let named = |fact: &Fact| matches!(fact, Fact::Moved(Move::Complete { leftovers }) if leftovers.iter().any(|left| left.starts_with(BLUE)));
        let blue = story.phase == PhaseName::Completed && meant && last.sides.blue.exists;
        ensure(!blue || story.facts().any(named), || {
            "blue is still there, and nothing is said to be left over".to_owned()
        })?;
        let told =
            |fact: &Fact| matches!(fact, Fact::IssueNoted { what, .. } if what.contains(LEFT));
        let green = story.phase == PhaseName::RolledBack && last.sides.green.exists;
        ensure(!green || story.facts().any(told), || {
            "green is still there, and nothing is said to be left over".to_owned()
        })
    }
}

/// How an issue begins that tells of something left over.
const LEFT: &str = "left over: green";
/// How a name begins of something that is left over of blue.
const BLUE: &str = "blue: ";

fn removed(story: &Story) -> bool {
    story.facts().any(|fact| {
        let Fact::Outcome(outcome) = fact else { return false };
        let write = story.intent(outcome.id).map(|(write, ..)| write);
        outcome.class == OutcomeClass::Applied
            && matches!(write, Some(Write::Remove { side: Side::Blue, .. }))
    })
}
