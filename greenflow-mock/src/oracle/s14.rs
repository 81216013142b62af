//! S14: nothing is touched while blue is not whole or its signals are not healthy.
//!
//! Excused: a blue that changed or lost a target within the last two minutes, targets that cannot be read, a
//! plan that says to start all the same.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Scope};
use greenflow_core::value::{Side, Verdict};

use super::{Oracle, Story, ensure};

/// S14.
#[derive(Debug)]
pub(super) struct S14;

impl Oracle for S14 {
    fn id(&self) -> &'static str {
        "S14"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Moved(Move::Provision) = &entry.fact else { return Ok(()) };
        let Some(plan) = story.plan() else { return Ok(()) };
        if plan.start.dangerous_start_with_unhealthy_blue {
            return Ok(());
        }
        let judged = story.entries.iter().rev().find_map(|entry| {
            let Fact::Judged(judged) = &entry.fact else { return None };
            matches!(judged.scope, Scope::Preflight).then_some(judged)
        });
        let ill = judged.and_then(|judged| {
            let of_blue = judged.findings.iter().filter(|f| f.side == Side::Blue);
            of_blue.filter(|f| f.bound.is_some()).find(|f| f.verdict != Verdict::Healthy)
        });
        ensure(ill.is_none(), || format!("started though {ill:?}"))?;
        let Some(last) = &story.last else { return Ok(()) };
        let blue = &last.sides.blue;
        let changed = [story.side_changed.blue, story.shrank.blue];
        let excused = story.given.blind || changed.into_iter().any(|at| story.within(at, SETTLED));
        ensure(excused || blue.healthy >= blue.desired.max(1), || {
            format!("started with {} healthy blue targets of {}", blue.healthy, blue.desired)
        })
    }
}

/// How long a change takes until readings must show it, with calls that are slow.
const SETTLED: Duration = Duration::from_secs(120);
