//! S26: blue is given up only out of a retention that ended healthy.
//!
//! Excused: a plan that removes nothing, so that blue stays as it is; a removal that was given up.

use greenflow_core::fact::{Entry, Fact, Move, Scope, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::{Side, Verdict};

use super::{Oracle, Story, ensure};

/// S26.
#[derive(Debug, Default)]
pub(super) struct S26 {
    /// What the last judgement before the removal was decided said.
    last: Option<Verdict>,
}

impl Oracle for S26 {
    fn id(&self) -> &'static str {
        "S26"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Moved(Move::Retire) => ensure(story.phase == PhaseName::Retaining, || {
                format!("the removal was decided in {}", story.phase)
            }),
            Fact::Judged(judged) => {
                if judged.scope == Scope::Watch && story.retired_at.is_none() {
                    self.last = Some(judged.verdict);
                }
                Ok(())
            }
            Fact::Intent { write: Write::Remove { side: Side::Blue, .. }, .. } => {
                ensure(self.last == Some(Verdict::Healthy), || {
                    format!("blue is removed after a retention that ended {:?}", self.last)
                })
            }
            _ => Ok(()),
        }
    }
}
