//! S04: a raise goes only to a green that can carry its share of the demand, and beside a blue that
//! can take everything back.
//!
//! Excused: a demand or a side that changed within the last two minutes, or a blue that came up only then:
//! requests that nobody served are not measured; a metric source or targets that cannot be read, writes
//! that land late; a side as large as blue was, since that carried everything; a side that has lacked
//! targets for no longer than a reading may be old, a plan that starts with an unhealthy blue.

use std::time::Duration;

use greenflow_core::fact::Write;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, SideTruth, Truth};

/// S04.
#[derive(Debug, Default)]
pub(super) struct S04 {
    /// Since when blue could not carry everything.
    short: Option<Duration>,
    /// When it could again.
    whole: Option<Duration>,
}

impl Oracle for S04 {
    fn id(&self) -> &'static str {
        "S04"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let (green, blue) = (&truth.sides.green, &truth.sides.blue);
        let as_large =
            |side: &SideTruth| story.blue().is_some_and(|blue| side.healthy >= blue.healthy);
        let whole = blue.capacity >= truth.demand || as_large(blue);
        if whole && self.short.take().is_some() {
            self.whole = Some(truth.at);
        } else if !whole {
            self.short = self.short.or(Some(truth.at));
        }
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, _, noticed)) = intent else { return Ok(()) };
        let given = story.given;
        let changed = story.within(story.demand_changed, SETTLED)
            || story.within(story.side_changed.green, SETTLED)
            || story.within(self.whole, SETTLED);
        if changed || given.blind || given.no_metrics || given.late_writes || !landed.accepted {
            return Ok(());
        }
        let load = truth.demand * f64::from(split.green().basis_points()) / 10_000.0;
        let read = story.shrank.green.is_some_and(|at| noticed.saturating_sub(at) <= READ_AGE);
        ensure(green.capacity >= load || as_large(green) || read, || {
            format!("{split} brings {load} requests/s to a green that carries {}", green.capacity)
        })?;
        let dangerous =
            story.plan().is_some_and(|plan| plan.start.dangerous_start_with_unhealthy_blue);
        let excused = dangerous || story.within(story.side_changed.blue, SETTLED);
        let short = self.short.map(|since| noticed.saturating_sub(since)).unwrap_or_default();
        ensure(excused || short <= READ_AGE, || {
            format!(
                "{split} was sent, and blue had lacked the targets to take all back for {short:?}"
            )
        })
    }
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const READ_AGE: Duration = Duration::from_secs(25);
/// How long a change takes until measurements must show it.
const SETTLED: Duration = Duration::from_secs(120);
