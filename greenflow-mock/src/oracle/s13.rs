//! S13: a hold or a bake ends well, and a raise leaves, only if green had its planned targets nearly
//! all the time before.
//!
//! Excused: targets that cannot be read; a dip too short for two polls to see. Where the journal fails, what
//! was decided may be written down minutes later: then it is looked at when a raise takes effect.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

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
        let from = matches!(story.phase, PhaseName::Shifting | PhaseName::Baking);
        if !on || !from || story.given.blind || story.given.no_journal {
            return Ok(());
        }
        self.had_its_targets(story.now)
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let wanted = story.plan().and_then(|plan| plan.provision.capacity);
        let planned = wanted.or_else(|| story.blue().map(|blue| blue.desired)).unwrap_or(0);
        if truth.sides.green.healthy >= planned {
            self.short = None;
        } else {
            self.short = self.short.or(Some(truth.at));
        }
        let given = story.given;
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let raise = intent.is_some_and(|(write, ..)| matches!(write, Write::Raise { .. }));
        if !raise || !landed.accepted || given.blind || given.late_writes || !given.no_journal {
            return Ok(());
        }
        self.had_its_targets(truth.at)
    }
}

impl S13 {
    fn had_its_targets(&self, at: Duration) -> Result<(), String> {
        let short = self.short.map(|since| at.saturating_sub(since));
        ensure(short.unwrap_or_default() <= SEEN, || {
            format!("went on though green had too few targets for {short:?}")
        })
    }
}

/// Within which time two polls have seen it.
const SEEN: Duration = Duration::from_secs(60);
