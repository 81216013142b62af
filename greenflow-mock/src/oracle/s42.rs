//! S42: a write is sent only when its intent is durable, under its own name and fence token, and has
//! one outcome.
//!
//! Excused: the pre-authorised cut while the journal is away.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::value::{EffectId, Split};

use super::{Oracle, Story, changes, ensure, is_cut};
use crate::world::{Cause, Sent, Truth};

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

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !changes(sent.operation) {
            story.nobody_listens();
            return Ok(());
        }
        if !story.is_ours(&sent.rollout) || story.head == 0 {
            return Ok(());
        }
        let (operation, effect, fence) = (sent.operation, sent.effect, sent.fence);
        let named = effect.is_some_and(|id| id.sequence() == fence.sequence);
        ensure(named, || format!("{operation} {effect:?} was sent under {fence:?}"))?;
        let intent = story
            .entries
            .iter()
            .find(|entry| matches!(&entry.fact, Fact::Intent { id, .. } if Some(*id) == effect));
        // What the store did until this moment has been told; what it did later has not.
        let durable = intent.is_some_and(|entry| entry.sequence <= story.head);
        let cut = story.given.no_journal && is_cut(story, sent);
        ensure(durable || cut, || format!("{operation} {effect:?} left before its intent"))
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
