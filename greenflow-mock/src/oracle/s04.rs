//! S04: a raise goes only to a green that can carry its share of the demand.
//!
//! Excused: a demand or a green that changed within the last two minutes, a metric source or targets that
//! cannot be read, writes that land late; a green as large as blue was, since that carried everything.

use std::time::Duration;

use greenflow_core::fact::Write;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S04.
#[derive(Debug, Default)]
pub(super) struct S04;

impl Oracle for S04 {
    fn id(&self) -> &'static str {
        "S04"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, ..)) = intent else { return Ok(()) };
        let given = story.given;
        let changed = story.within(story.demand_changed, SETTLED)
            || story.within(story.side_changed.green, SETTLED);
        if changed || given.blind || given.no_metrics || given.late_writes || !landed.accepted {
            return Ok(());
        }
        let load = truth.demand * f64::from(split.green().basis_points()) / 10_000.0;
        let green = &truth.sides.green;
        let as_large = story.blue().is_some_and(|blue| green.healthy >= blue.healthy);
        ensure(green.capacity >= load || as_large, || {
            format!("{split} brings {load} requests/s to a green that carries {}", green.capacity)
        })
    }
}

/// How long a change takes until measurements must show it.
const SETTLED: Duration = Duration::from_secs(120);
