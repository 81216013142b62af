//! S02: a split counts as confirmed only when every route has shown it since it was meant.
//!
//! Excused: a balancer that returns old configurations.

use greenflow_core::fact::{Entry, Fact, OutcomeClass};
use greenflow_core::value::{EffectId, Split};

use super::{Oracle, Story};
use crate::world::{Cause, Truth};

/// S02.
#[derive(Debug, Default)]
pub(super) struct S02 {
    /// The split that is being set, and whether every route has shown it.
    setting: Option<(EffectId, Split, bool)>,
    /// The write that landed last, and whether every route has shown it: the cut may leave while the
    /// journal is away, and its intent is told when that is back.
    landed: Option<(EffectId, Split, bool)>,
}

impl Oracle for S02 {
    fn id(&self) -> &'static str {
        "S02"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Intent { id, write } => {
                if let Some(split) = write.split() {
                    let shown = story.last.as_ref().is_some_and(|last| Story::shows(last, split));
                    let before = self.landed == Some((*id, split, true));
                    self.setting = Some((*id, split, shown || before));
                }
                Ok(())
            }
            Fact::Outcome(outcome) if outcome.class == OutcomeClass::Applied => {
                match self.setting {
                    Some((id, split, false)) if id == outcome.id && !story.given.old_reads => {
                        Err(format!("{split} is confirmed, and not every route ever showed it"))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        if let Some(Cause::Write(landed)) = &truth.cause
            && let Some((id, split)) = landed.effect.zip(landed.split)
            && story.is_ours(&landed.rollout)
            && self.landed.is_none_or(|(last, ..)| last != id)
        {
            self.landed = Some((id, split, false));
        }
        for (_, split, shown) in [&mut self.setting, &mut self.landed].into_iter().flatten() {
            *shown |= Story::shows(truth, *split);
        }
        Ok(())
    }
}
