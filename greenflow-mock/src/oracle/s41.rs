//! S41: every delivery of a write says the same, however often it is sent.
//!
//! Excused: nothing.

use std::collections::BTreeMap;

use greenflow_core::value::{EffectId, Side, Split};

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Truth};

/// S41.
#[derive(Debug, Default)]
pub(super) struct S41 {
    /// What each write said the first time.
    said: BTreeMap<EffectId, (Operation, Option<Split>, Option<Side>)>,
}

impl Oracle for S41 {
    fn id(&self) -> &'static str {
        "S41"
    }

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(effect) = landed.effect else { return Err("a write without a name".to_owned()) };
        let says = (landed.operation, landed.split, landed.removed);
        let first = *self.said.entry(effect).or_insert(says);
        ensure(first == says, || format!("{effect} said {first:?}, and now {says:?}"))
    }
}
