//! L10: soon after the end the lease is free, and the service with it.
//!
//! Excused: a journal that is away.

use std::time::Duration;

use super::{Oracle, Story, ensure};
use crate::{StoreAct, StoreEvent};

/// L10.
#[derive(Debug, Default)]
pub(super) struct L10 {
    /// When the rollout ended.
    ended: Option<Duration>,
}

impl Oracle for L10 {
    fn id(&self) -> &'static str {
        "L10"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        let StoreAct::Appended { ended, locks, .. } = event.act else {
            story.nobody_listens();
            return Ok(());
        };
        if !ended || !story.is_ours(&event.rollout) {
            return Ok(());
        }
        self.ended.get_or_insert(event.at);
        ensure(!locks, || "it has ended, and still locks its service".to_owned())
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let Some(ended) = self.ended.filter(|_| !story.given.no_journal) else { return Ok(()) };
        let held = story.lease.as_ref().filter(|lease| lease.until > ended + FREE);
        ensure(held.is_none(), || format!("it ended at {ended:?} and is held: {held:?}"))
    }
}

/// A minute for the last notices, and what is left of a lease then.
const FREE: Duration = Duration::from_secs(60 + 15);
