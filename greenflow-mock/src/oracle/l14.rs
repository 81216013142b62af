//! L14: health that comes and goes leads to a decision: one phase is assessed a few times only.
//!
//! Excused: a person who says to go on all the same; an assessment that a hold cut short, and that is taken
//! up again after it.

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::machine::Action;

use super::{Oracle, Story, ensure};

/// L14.
#[derive(Debug, Default)]
pub(super) struct L14 {
    /// How often the rollout has been assessed since it last went forward.
    assessed: u32,
    /// Whether it is being assessed.
    assessing: bool,
}

impl Oracle for L14 {
    fn id(&self) -> &'static str {
        "L14"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Moved(to) => {
                match to {
                    Move::Assess { .. } => self.assessed += 1,
                    Move::Hold { .. } if self.assessing => {
                        self.assessed = self.assessed.saturating_sub(1);
                    }
                    Move::Clear { .. } | Move::Hold { .. } | Move::Resume => {}
                    _ => self.assessed = 0,
                }
                self.assessing = matches!(to, Move::Assess { .. });
            }
            Fact::Commanded(command) if command.action == Action::Resume => self.assessed = 0,
            _ => {}
        }
        ensure(self.assessed <= MOST, || {
            format!("{} is assessed for the {}th time", story.phase, self.assessed)
        })
    }
}

/// So often a phase is assessed; the next bad sample decides.
const MOST: u32 = 3;
