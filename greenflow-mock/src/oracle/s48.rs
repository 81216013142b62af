//! S48: people are told, in the journal, before the first write of a way back.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::provider::NoticeKind;

use super::{Oracle, Story, ensure};

/// S48.
#[derive(Debug, Default)]
pub(super) struct S48 {
    /// An alert was queued since the rollout last did something else.
    told: bool,
}

impl Oracle for S48 {
    fn id(&self) -> &'static str {
        "S48"
    }

    fn fact(&mut self, _: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::NoticeQueued(notice) => {
                self.told |= matches!(notice.kind, NoticeKind::Alert | NoticeKind::Page);
                Ok(())
            }
            Fact::Moved(Move::RollBack(reason)) => {
                let told = std::mem::take(&mut self.told);
                ensure(told, || format!("back without a word to anybody: {}", reason.text))
            }
            Fact::Moved(_) | Fact::Intent { .. } => {
                self.told = false;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
