//! S47: who owns a rollout follows from epochs and the store's own clock: a lease is given only when
//! no other owner's is live, and under a higher epoch than ever before.
//!
//! Excused: nothing.

use super::{Oracle, Story, ensure};
use crate::{StoreAct, StoreEvent};

/// S47.
#[derive(Debug, Default)]
pub(super) struct S47 {
    /// The highest epoch so far.
    highest: u64,
}

impl Oracle for S47 {
    fn id(&self) -> &'static str {
        "S47"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        let StoreAct::Leased { .. } = event.act else {
            story.nobody_listens();
            return Ok(());
        };
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        let highest = self.highest;
        self.highest = highest.max(event.epoch);
        ensure(event.epoch > highest, || format!("epoch {} after {highest}", event.epoch))?;
        let live = story.lease.as_ref().filter(|held| held.until > event.at);
        let other = live.filter(|held| Some(&held.owner) != event.owner.as_ref());
        ensure(other.is_none(), || format!("{:?} was given a lease beside {other:?}", event.owner))
    }
}
