//! S02: a split counts as confirmed only when every route has shown it since it was meant.
//!
//! Excused: a balancer that returns old configurations.

use std::collections::BTreeMap;

use greenflow_core::fact::{Entry, Fact, OutcomeClass};
use greenflow_core::value::{EffectId, Split};

use super::{Oracle, Story};
use crate::provider::Operation;
use crate::world::{Sent, Truth};

/// S02.
#[derive(Debug, Default)]
pub(super) struct S02 {
    /// The split that is being set, and whether every route has shown it.
    setting: Option<(EffectId, Split, bool)>,
    /// The cuts that left while the journal was away, and whether every route has shown each since:
    /// their intents are told when that is back.
    ahead: BTreeMap<EffectId, bool>,
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
                    let before = write.is_cut() && self.ahead.remove(id) == Some(true);
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

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation != Operation::SetSplit {
            story.nobody_listens();
            return Ok(());
        }
        if story.is_ours(&sent.rollout)
            && let Some(id) = sent.effect
            && story.intent(id).is_none()
        {
            let shown =
                || story.last.as_ref().is_some_and(|last| Story::shows(last, Split::ALL_BLUE));
            self.ahead.entry(id).or_insert_with(shown);
        }
        Ok(())
    }

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        if let Some((_, split, shown)) = &mut self.setting {
            *shown |= Story::shows(truth, *split);
        }
        if Story::shows(truth, Split::ALL_BLUE) {
            self.ahead.values_mut().for_each(|shown| *shown = true);
        }
        Ok(())
    }
}
