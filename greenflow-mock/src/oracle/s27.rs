//! S27: the way back is open until the removal is decided, and then never: a person who wants back is
//! obeyed at once.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::machine::Action;

use super::{Oracle, Story, ensure};

/// S27.
#[derive(Debug, Default)]
pub(super) struct S27 {
    /// A person wanted back, and nothing has followed yet but notices and counts.
    wanted: Option<&'static str>,
}

impl Oracle for S27 {
    fn id(&self) -> &'static str {
        "S27"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let gone = story.retired_at.is_some();
        match &entry.fact {
            Fact::Moved(Move::RollBack(_)) => {
                self.wanted = None;
                ensure(!gone, || "back to a blue whose removal was decided".to_owned())
            }
            Fact::Moved(Move::Refuse(_)) => {
                self.wanted = None;
                Ok(())
            }
            Fact::Moved(other) => ensure(self.wanted.is_none(), || {
                format!("{} after {:?} was accepted", other.name(), self.wanted)
            }),
            Fact::Intent { write, .. } => ensure(self.wanted.is_none(), || {
                format!("{} after {:?} was accepted", write.name(), self.wanted)
            }),
            Fact::Commanded(command) => {
                let back = matches!(command.action, Action::Abort | Action::Rollback);
                if back && !gone {
                    self.wanted = Some(command.action.name());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn at_end(&mut self, _: &Story) -> Result<(), String> {
        ensure(self.wanted.is_none(), || format!("{:?} came to nothing", self.wanted))
    }
}
