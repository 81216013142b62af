//! S13: a hold or a bake ends well, and a raise leaves, only if green had its planned targets nearly
//! all the time before.
//!
//! Excused: targets that cannot be read; a dip too short for two polls to see.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};
use crate::world::Truth;

/// S13.
#[derive(Debug, Default)]
pub(super) struct S13 {
    /// Since when green has had too few.
    short: Option<Duration>,
}

impl Oracle for S13 {
    fn id(&self) -> &'static str {
        "S13"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let on = match &entry.fact {
            Fact::Moved(Move::Shift { step }) => *step > 0,
            Fact::Moved(Move::Bake | Move::Confirm)
            | Fact::Intent { write: Write::Raise { .. }, .. } => true,
            _ => return Ok(()),
        };
        let short = self.short.map(|since| story.now.saturating_sub(since));
        let from = matches!(story.phase, PhaseName::Shifting | PhaseName::Baking);
        ensure(!on || !from || story.given.blind || short.unwrap_or_default() <= SEEN, || {
            format!("went on though green had too few targets for {short:?}")
        })
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let wanted = story.plan().and_then(|plan| plan.provision.capacity);
        let planned = wanted.or_else(|| story.blue().map(|blue| blue.desired)).unwrap_or(0);
        if truth.sides.green.healthy >= planned {
            self.short = None;
        } else {
            self.short = self.short.or(Some(truth.at));
        }
        Ok(())
    }
}

/// Within which time two polls have seen it.
const SEEN: Duration = Duration::from_secs(60);
