//! S40: a write that is said not to have happened has not, and never lands afterwards; a side that is
//! said to be removed is gone.
//!
//! Excused: targets that cannot always be read, for a removal, and a green that nobody knows to be of this
//! rollout, of which only what is known is removed; afterwards, writes that are delivered
//! twice, or acknowledged and applied late, as no answer tells that.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact, OutcomeClass, Write};
use greenflow_core::value::{EffectId, Side};

use super::{Oracle, Story, ensure, s21};
use crate::world::{Cause, Truth};

/// S40.
#[derive(Debug, Default)]
pub(super) struct S40 {
    /// Writes that have reached the world.
    landed: BTreeSet<EffectId>,
    /// Writes that are over for certain.
    over: BTreeSet<EffectId>,
}

impl Oracle for S40 {
    fn id(&self) -> &'static str {
        "S40"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Outcome(outcome) = &entry.fact else { return Ok(()) };
        match outcome.class {
            OutcomeClass::Applied => return is_gone(story, outcome.id),
            OutcomeClass::Ambiguous => return Ok(()),
            OutcomeClass::NotApplied => {}
        }
        let id = outcome.id;
        self.over.insert(id);
        ensure(!outcome.may_land_late, || format!("{id} is not applied and may yet be"))?;
        ensure(!self.landed.contains(&id), || format!("{id} is not applied, and it had landed"))
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(effect) = landed.effect.filter(|_| landed.accepted) else { return Ok(()) };
        self.landed.insert(effect);
        let over = self.over.contains(&effect);
        ensure(!over || story.given.doubled_writes, || {
            format!("{} {effect} landed after its end", landed.operation)
        })
    }
}

/// A removal that is said to have happened left nothing of its side.
fn is_gone(story: &Story, id: EffectId) -> Result<(), String> {
    let write = story.intent(id).map(|(write, ..)| write);
    let Some(Write::Remove { side, .. }) = write else { return Ok(()) };
    let exists = story.last.as_ref().is_some_and(|last| last.sides.get(*side).exists);
    let strangers = *side == Side::Green && s21::created(story).1 && !s21::runs_only_ours(story);
    ensure(!exists || strangers || story.given.blind, || {
        format!("{id} is applied, and {side} is still there")
    })
}
