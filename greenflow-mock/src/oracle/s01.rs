//! S01: every split that we set is whole.
//!
//! Excused: what another hand set.

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S01.
#[derive(Debug, Default)]
pub(super) struct S01;

impl Oracle for S01 {
    fn id(&self) -> &'static str {
        "S01"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        if landed.split.is_none() || !landed.accepted || story.router_changed.is_some() {
            return Ok(());
        }
        let whole = truth.configured.iter().all(|weights| weights.split().is_some());
        ensure(whole, || format!("the router is set to {:?}", truth.configured))
    }
}
