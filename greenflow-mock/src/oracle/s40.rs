//! S40: a write that is said not to have happened never lands afterwards.
//!
//! Excused: writes that are delivered twice, or acknowledged and applied late, as no answer tells that.

use greenflow_core::fact::{Entry, Fact, OutcomeClass};
use greenflow_core::value::EffectId;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S40.
#[derive(Debug, Default)]
pub(super) struct S40 {
    /// Writes that are over for certain.
    over: Vec<EffectId>,
}

impl Oracle for S40 {
    fn id(&self) -> &'static str {
        "S40"
    }

    fn fact(&mut self, _: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Outcome(outcome) = &entry.fact else { return Ok(()) };
        if outcome.class == OutcomeClass::NotApplied {
            self.over.push(outcome.id);
            return ensure(!outcome.may_land_late, || {
                format!("{} is not applied and may yet be", outcome.id)
            });
        }
        Ok(())
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let over = landed.effect.is_some_and(|effect| self.over.contains(&effect));
        ensure(!over || !landed.accepted || story.given.late_writes, || {
            format!("{} {:?} landed after its end", landed.operation, landed.effect)
        })
    }
}
