//! S16: all traffic is never sent to a blue that is known to have no healthy target.
//!
//! Excused: a blue that went down within the last minute, targets that cannot be read: a missing reading never
//! blocks the cut, nor does one that nobody made while the rollout was parked.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure, rolled_back};

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
        let Fact::Intent { write: Write::Cut, .. } = &entry.fact else { return Ok(()) };
        // Before green has traffic the cut changes nothing, and nobody polls the targets.
        let on_green = story.last.as_ref().is_some_and(|last| last.share.green > 0.0);
        let parked = self.from == Some(PhaseName::Retaining);
        let given = story.given;
        let excused = given.blind || given.kills || given.no_journal || !on_green || parked;
        let down = story.down_since.blue.map(|since| story.now.saturating_sub(since));
        ensure(excused || down.unwrap_or_default() <= SEEN, || {
            format!("the cut was sent though blue had been down for {down:?}")
        })
    }
}

/// Within which time a poll has seen it.
const SEEN: Duration = Duration::from_secs(60);
