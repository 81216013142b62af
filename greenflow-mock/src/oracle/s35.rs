//! S35: a rollout has one plan, pinned by its hash.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S35.
#[derive(Debug, Default)]
pub(super) struct S35;

impl Oracle for S35 {
    fn id(&self) -> &'static str {
        "S35"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Started(started) = &entry.fact else {
            return ensure(story.started().is_some(), || {
                "it did not begin with a start".to_owned()
            });
        };
        ensure(story.entries.is_empty(), || "started twice".to_owned())?;
        ensure(started.plan.hash() == started.plan_hash, || "the plan has another hash".to_owned())
    }
}
