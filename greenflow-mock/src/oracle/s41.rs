//! S41: every delivery of a write says the same, however often it is sent.
//!
//! Excused: a cut that left while the journal was away and never came into it; a later controller cannot
//! know its name, and may give it to another write, with its own epoch.

use std::collections::BTreeMap;

use greenflow_core::value::{EffectId, Side, Split};

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Truth};

/// S41.
#[derive(Debug, Default)]
pub(super) struct S41 {
    /// What each write said the first time, and in which epoch.
    said: BTreeMap<EffectId, (Says, u64)>,
}

/// What a write asks for.
type Says = (Operation, Option<Split>, Option<Side>);

impl Oracle for S41 {
    fn id(&self) -> &'static str {
        "S41"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(effect) = landed.effect else { return Err("a write without a name".to_owned()) };
        let says = (landed.operation, landed.split, landed.removed);
        let epoch = landed.fence.epoch;
        let (first, began) = *self.said.entry(effect).or_insert((says, epoch));
        let is_cut = first.1 == Some(Split::ALL_BLUE);
        let was_written = story.intent(effect).is_some_and(|(write, ..)| write.is_cut());
        if first != says && is_cut && !was_written && epoch > began {
            self.said.insert(effect, (says, epoch));
            return Ok(());
        }
        ensure(first == says, || format!("{effect} said {first:?}, and now {says:?}"))
    }
}
