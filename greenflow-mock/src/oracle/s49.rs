//! S49: the cut follows the decision at once, whatever else is out of order.
//!
//! Excused: a raise whose call is under way; a journal or controller that is away; a blue without a healthy
//! target.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::Timestamp;

use super::{Oracle, Story, ensure};

/// S49.
#[derive(Debug, Default)]
pub(super) struct S49 {
    /// When it was decided to go back; `None` once the cut is sent.
    decided: Option<Timestamp>,
}

impl Oracle for S49 {
    fn id(&self) -> &'static str {
        "S49"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Moved(Move::RollBack(_)) => {
                self.decided = Some(entry.at);
                Ok(())
            }
            Fact::Intent { write: Write::Cut, .. } => {
                let after = self.decided.take().map(|decided| entry.at.since(decided));
                let given = story.given;
                let excused = given.no_journal
                    || given.kills
                    || given.bad_blue
                    || story.interrupted == Some(PhaseName::RollingBack);
                ensure(excused || after.unwrap_or_default() <= AT_ONCE, || {
                    format!("the cut was sent {after:?} after the decision")
                })
            }
            _ => Ok(()),
        }
    }
}

/// The deadlines of a forward write and of its read-back, which the cut may have to wait for.
const AT_ONCE: Duration = Duration::from_secs(20);
