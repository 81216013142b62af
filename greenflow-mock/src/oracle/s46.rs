//! S46: rollout time never runs ahead of real time, whatever wall clocks do: so no jump of one
//! shortens a bake, a retention or the time that people have.
//!
//! Excused: clocks that run fast, by as much as they do.

use std::time::Duration;

use greenflow_core::fact::Entry;
use greenflow_core::value::Timestamp;

use super::{Oracle, Story, ensure};

/// S46.
#[derive(Debug, Default)]
pub(super) struct S46;

impl Oracle for S46 {
    fn id(&self) -> &'static str {
        "S46"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let fast = story.now.saturating_mul(story.given.fast_by) / 1_000_000;
        let most = story.now.saturating_add(fast).saturating_add(GRACE);
        let since = entry.at.since(Timestamp::ZERO);
        ensure(since <= most, || format!("rollout time {since:?} at {:?}", story.now))
    }
}

/// Rounding.
const GRACE: Duration = Duration::from_secs(1);
