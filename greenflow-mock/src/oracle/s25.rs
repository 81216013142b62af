//! S25: nothing is touched before blue, to which the way back leads, is recorded whole; and once only.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S25.
#[derive(Debug, Default)]
pub(super) struct S25;

impl Oracle for S25 {
    fn id(&self) -> &'static str {
        "S25"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::BlueRecorded(blue) => {
                ensure(story.blue().is_none(), || "blue is recorded twice".to_owned())?;
                ensure(!blue.resources.is_empty(), || "blue has no resources".to_owned())
            }
            Fact::Intent { write, .. } => ensure(story.blue().is_some(), || {
                format!("{} before blue was recorded", write.name())
            }),
            _ => Ok(()),
        }
    }
}
