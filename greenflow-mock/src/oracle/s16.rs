//! S16: all traffic is never sent to a blue that is known to have no healthy target.
//!
//! Excused: a blue that went down, or a controller that came, or a journal that failed, within the
//! last minute, targets that cannot be read: a missing reading never blocks the cut, nor does one that
//! nobody made while the rollout was parked.

use std::time::Duration;

use greenflow_core::fact::Entry;
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure, is_cut, rolled_back};
use crate::provider::Operation;
use crate::world::Sent;

/// S16.
#[derive(Debug, Default)]
pub(super) struct S16 {
    /// Where the way back began.
    from: Option<PhaseName>,
}

impl Oracle for S16 {
    fn id(&self) -> &'static str {
        "S16"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if rolled_back(&entry.fact) {
            self.from = Some(story.interrupted.unwrap_or(story.phase));
        }
        Ok(())
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation != Operation::SetSplit {
            story.nobody_listens();
            return Ok(());
        }
        if !story.is_ours(&sent.rollout) || !is_cut(story, sent) {
            return Ok(());
        }
        // Before green has traffic the cut changes nothing, and nobody polls the targets.
        let on_green = story.last.as_ref().is_some_and(|last| last.share.green > 0.0);
        let parked = self.from.unwrap_or(story.phase) == PhaseName::Retaining;
        let excused = story.given.blind || !on_green || parked;
        let down = story.down_since.blue.map(|since| sent.at.saturating_sub(since));
        let seen = down.map(|down| down.min(story.attended(sent.at)));
        ensure(excused || seen.unwrap_or_default() <= SEEN, || {
            format!("the cut was sent though blue had been down for {down:?}")
        })
    }
}

/// Within which time a poll has seen it.
const SEEN: Duration = Duration::from_secs(60);
