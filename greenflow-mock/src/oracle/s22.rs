//! S22: nothing is asked to be removed while the router still uses it.
//!
//! Excused: another hand at the router within the last three minutes, metrics that are not to be trusted, old
//! reads, writes that land later than declared.

use std::time::Duration;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S22.
#[derive(Debug, Default)]
pub(super) struct S22;

impl Oracle for S22 {
    fn id(&self) -> &'static str {
        "S22"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(side) = landed.removed else { return Ok(()) };
        let given = story.given;
        let excused = given.no_metrics
            || given.old_reads
            || given.too_late_writes
            || story.within(story.router_changed, MOVED);
        let used = truth.configured.iter().any(|weights| {
            *match side {
                greenflow_core::value::Side::Blue => &weights.blue,
                greenflow_core::value::Side::Green => &weights.green,
            } > 0
        });
        ensure(excused || !used, || format!("{side} was to be removed while it was in use"))
    }
}

/// How long after a change by another hand a reading may not show it yet.
const MOVED: Duration = Duration::from_secs(180);
