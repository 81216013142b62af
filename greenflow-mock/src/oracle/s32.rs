//! S32: whose lease is over makes no call any more; only the one that was under way may go on.
//!
//! Excused: a last page, after the lease has run out and nobody else could tell.

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::Sent;

/// S32.
#[derive(Debug, Default)]
pub(super) struct S32;

impl Oracle for S32 {
    fn id(&self) -> &'static str {
        "S32"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation == Operation::Notify {
            story.nobody_listens();
            return Ok(());
        }
        if !story.is_ours(&sent.rollout) {
            return Ok(());
        }
        let holds = story.lease_left(sent.fence.epoch, sent.at).is_some();
        ensure(holds, || {
            let (epoch, lease) = (sent.fence.epoch, &story.lease);
            format!("{} of epoch {epoch} at {:?} under {lease:?}", sent.operation, sent.at)
        })
    }
}
