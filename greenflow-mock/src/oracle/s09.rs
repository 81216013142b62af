//! S09: a raise sets exactly the step that the rollout is at, and steps are taken one by one.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Move, Write};

use super::{Oracle, Story, ensure};

/// S09.
#[derive(Debug, Default)]
pub(super) struct S09 {
    /// The step that was begun last.
    step: Option<u32>,
}

impl Oracle for S09 {
    fn id(&self) -> &'static str {
        "S09"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Moved(Move::Shift { step }) => {
                let next = self.step.map_or(0, |last| last + 1);
                self.step = Some(*step);
                ensure(*step == next, || format!("step {step} begins, and {next} is due"))
            }
            Fact::Intent { write: Write::Raise { split }, .. } => {
                let steps = story.plan().map(|plan| &plan.shift.steps);
                let at = self.step.and_then(|step| usize::try_from(step).ok());
                let due = steps.zip(at).and_then(|(steps, at)| steps.get(at));
                ensure(due.is_some_and(|due| due.green == split.green()), || {
                    format!("{split} is sent, and {due:?} is due")
                })
            }
            _ => Ok(()),
        }
    }
}
