//! L03: when a controller dies, another one has its rollout soon after its lease has run out.
//!
//! Excused: a journal that is away; nobody else who is up.

use std::time::Duration;

use super::{Oracle, Story, ensure};
use crate::{StoreAct, StoreEvent};

/// L03.
#[derive(Debug, Default)]
pub(super) struct L03 {
    /// The rollout has ended.
    ended: bool,
}

impl Oracle for L03 {
    fn id(&self) -> &'static str {
        "L03"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        match event.act {
            StoreAct::Leased { .. } => return self.soon(story, event.at),
            StoreAct::Appended { ended, .. } => self.ended |= ended,
            _ => story.nobody_listens(),
        }
        Ok(())
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        self.soon(story, story.now)
    }
}

impl L03 {
    fn soon(&self, story: &Story, at: Duration) -> Result<(), String> {
        let given = story.given;
        let Some(lease) = story.lease.as_ref().filter(|_| given.standby && !given.no_journal)
        else {
            return Ok(());
        };
        let alone = at.saturating_sub(lease.until);
        ensure(self.ended || alone <= SOON, || {
            format!("nobody had it for {alone:?} after the lease of epoch {}", lease.epoch)
        })
    }
}

/// One poll, with its jitter and on a slow clock, and a fold.
const SOON: Duration = Duration::from_secs(10);
