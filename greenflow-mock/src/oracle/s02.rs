//! S02: a split counts as confirmed only when every route has shown it since it was meant.
//!
//! Excused: a balancer that returns old configurations.

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
    /// The cut that left while the journal was away, and whether every route has shown it since: its
    /// intent is told when that is back.
    ahead: Option<(EffectId, bool)>,
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
                    let before = write.is_cut() && self.ahead == Some((*id, true));
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
            && self.ahead.is_none_or(|(last, _)| last != id)
        {
            let shown = story.last.as_ref().is_some_and(|last| Story::shows(last, Split::ALL_BLUE));
            self.ahead = Some((id, shown));
        }
        Ok(())
    }

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        if let Some((_, split, shown)) = &mut self.setting {
            *shown |= Story::shows(truth, *split);
        }
        if let Some((_, shown)) = &mut self.ahead {
            *shown |= Story::shows(truth, Split::ALL_BLUE);
        }
        Ok(())
    }
}
