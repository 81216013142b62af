//! S29: facts are stored only under the lease that is live, and after exactly those that are there.
//!
//! Excused: nothing.

use super::{Oracle, Story, ensure};
use crate::{StoreAct, StoreEvent};

/// S29.
#[derive(Debug, Default)]
pub(super) struct S29;

impl Oracle for S29 {
    fn id(&self) -> &'static str {
        "S29"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        let StoreAct::Appended { after, .. } = event.act else {
            story.nobody_listens();
            return Ok(());
        };
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        ensure(story.lease_left(event.epoch, event.at).is_some(), || {
            format!("epoch {} appended under {:?}", event.epoch, story.lease)
        })?;
        ensure(after == story.head, || {
            format!("appended after {after} facts, and the store holds {}", story.head)
        })
    }
}
