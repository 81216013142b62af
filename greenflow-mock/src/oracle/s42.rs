//! S42: a write is sent only when its intent is durable, under its own name, and has one outcome.
//!
//! Excused: the pre-authorised cut while the journal is away.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::value::{EffectId, Split};

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S42.
#[derive(Debug, Default)]
pub(super) struct S42 {
    /// Writes that have ended.
    ended: BTreeSet<EffectId>,
}

impl Oracle for S42 {
    fn id(&self) -> &'static str {
        "S42"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Intent { id, .. } => {
                ensure(story.intent(*id).is_none(), || format!("{id} is intended twice"))
            }
            Fact::Outcome(outcome) => {
                let id = outcome.id;
                ensure(story.intent(id).is_some(), || format!("{id} ended without an intent"))?;
                ensure(self.ended.insert(id), || format!("{id} ended twice"))
            }
            _ => Ok(()),
        }
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let cut = landed.split == Some(Split::ALL_BLUE) && story.given.no_journal;
        let intent = landed.effect.and_then(|id| story.intent(id));
        let said = intent.is_some_and(|(write, ..)| write.split() == landed.split);
        ensure(said || cut, || {
            format!("{} {:?} landed without a durable intent", landed.operation, landed.effect)
        })
    }
}
