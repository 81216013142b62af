//! S05: from the confirmed pin until blue may go, blue is pinned at its capacity or more; and green
//! gets no traffic before that, where blue can be pinned.
//!
//! Excused: a person or a tool that changed blue; writes that land late or twice.

use greenflow_core::fact::{Entry, Fact, OutcomeClass, Write};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};
use crate::world::Truth;

/// S05.
#[derive(Debug, Default)]
pub(super) struct S05 {
    /// The pin that was confirmed, until it is to be taken back.
    pinned: Option<u32>,
}

impl Oracle for S05 {
    fn id(&self) -> &'static str {
        "S05"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Intent { write: Write::PinBlue { minimum: None }, .. } => {
                self.pinned = None;
                let over = matches!(story.phase, PhaseName::Retiring | PhaseName::RollingBack);
                ensure(over, || format!("the pin is taken back in {}", story.phase))
            }
            Fact::Intent { write: Write::PinBlue { minimum: Some(minimum) }, .. } => {
                let had = story.blue().map_or(0, |blue| blue.desired);
                ensure(*minimum >= had, || format!("blue had {had}, and is pinned at {minimum}"))
            }
            Fact::Intent { write: Write::Raise { split }, .. } => {
                let pins = story.started().is_some_and(|it| it.capabilities.compute.pins);
                ensure(!pins || self.pinned.is_some(), || {
                    format!("{split} beside an unpinned blue")
                })
            }
            Fact::Outcome(outcome) if outcome.class == OutcomeClass::Applied => {
                if let Some((Write::PinBlue { minimum }, ..)) = story.intent(outcome.id) {
                    self.pinned = *minimum;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(pinned) = self.pinned else { return Ok(()) };
        if story.retired_at.is_some() {
            return Ok(());
        }
        if story.given.late_writes || story.side_changed.blue.is_some() || story.given.bad_blue {
            return Ok(());
        }
        let blue = &truth.sides.blue;
        ensure(blue.pinned_at >= Some(pinned) && blue.desired >= pinned, || {
            format!("blue is pinned at {:?} with {} targets", blue.pinned_at, blue.desired)
        })
    }
}
