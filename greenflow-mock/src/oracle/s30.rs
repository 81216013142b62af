//! S30: when a write leaves, its sender's lease lasts for longer than it waits for the answer, and for
//! a margin more.
//!
//! Excused: the margin, where clocks differ in rate: that is what it is for.

use std::time::Duration;

use super::{Oracle, Story, changes, ensure};
use crate::world::Sent;

/// S30.
#[derive(Debug, Default)]
pub(super) struct S30;

impl Oracle for S30 {
    fn id(&self) -> &'static str {
        "S30"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !changes(sent.operation) {
            story.nobody_listens();
            return Ok(());
        }
        // A lease that is over is for S32.
        let left = story.lease_left(sent.fence.epoch, sent.at);
        let Some(left) = left.filter(|_| story.is_ours(&sent.rollout)) else { return Ok(()) };
        let margin = if story.given.jumps { Duration::ZERO } else { MARGIN };
        ensure(left > sent.deadline + margin, || {
            format!("{} sent for {:?} with {left:?} of the lease", sent.operation, sent.deadline)
        })
    }
}

/// What must be left beyond a call's deadline.
const MARGIN: Duration = Duration::from_secs(2);
