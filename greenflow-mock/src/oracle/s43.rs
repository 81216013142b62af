//! S43: after an append that failed nothing goes forward until the journal takes facts again, and
//! the facts of a way back may use the room that is kept for them.
//!
//! Excused: the cut.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, Write};

use super::{Oracle, Story, changes, ensure, is_cut};
use crate::world::Sent;
use crate::{StoreAct, StoreEvent};

/// S43.
#[derive(Debug, Default)]
pub(super) struct S43 {
    /// Whose append failed, when, and whether its facts are there all the same.
    away: Option<(u64, Duration, bool)>,
}

impl Oracle for S43 {
    fn id(&self) -> &'static str {
        "S43"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        match event.act {
            StoreAct::Failed { stored } => self.away = Some((event.epoch, event.at, stored)),
            StoreAct::Read if self.away.is_some_and(|(_, _, stored)| stored) => self.away = None,
            StoreAct::Leased { .. } => self.away = None,
            StoreAct::Appended { after, frames, urgent, .. } => {
                self.away = None;
                let first = usize::try_from(after).unwrap_or(usize::MAX);
                let count = usize::try_from(frames).unwrap_or(usize::MAX);
                let mut facts = story.facts().skip(first).take(count);
                let back = facts.any(|fact| {
                    let cut = matches!(fact, Fact::Intent { write: Write::Cut, .. });
                    cut || matches!(fact, Fact::Moved(Move::RollBack(_)))
                });
                return ensure(urgent || !back, || {
                    format!("facts {after} to {} of a way back are not urgent", after + frames)
                });
            }
            StoreAct::Read => {}
            StoreAct::Renewed { .. } | StoreAct::Released { .. } | StoreAct::Damaged => {
                story.nobody_listens();
            }
        }
        Ok(())
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !changes(sent.operation) {
            story.nobody_listens();
            return Ok(());
        }
        let Some((epoch, since, _)) = self.away else { return Ok(()) };
        let forward =
            sent.fence.epoch == epoch && story.is_ours(&sent.rollout) && !is_cut(story, sent);
        ensure(!forward || sent.at <= since, || {
            format!("{} was sent, and the journal had failed at {since:?}", sent.operation)
        })
    }
}
