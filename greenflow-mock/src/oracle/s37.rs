//! S37: an ended rollout stays ended: nothing follows but the fate of notices.
//!
//! Excused: a fact of which this release knows nothing: another one wrote it.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S37.
#[derive(Debug, Default)]
pub(super) struct S37;

impl Oracle for S37 {
    fn id(&self) -> &'static str {
        "S37"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let tail = matches!(
            &entry.fact,
            Fact::NoticeEnded { .. } | Fact::EpochBegan { .. } | Fact::Unknown(_)
        );
        ensure(!story.phase.is_terminal() || tail, || {
            format!("{} after {}", entry.fact.name(), story.phase)
        })
    }
}
