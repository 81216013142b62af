//! S50: one write to the balancer at a time, few calls at a time, and no write is sent for ever.
//!
//! Excused: the cut, which is never given up; the calls in which a controller was stopped, while
//! another one acts.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::plan::Timing;

use super::{Oracle, Story, ensure};
use crate::world::Truth;

/// S50.
#[derive(Debug, Default)]
pub(super) struct S50;

impl Oracle for S50 {
    fn id(&self) -> &'static str {
        "S50"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Outcome(outcome) = &entry.fact else { return Ok(()) };
        let cut = story.intent(outcome.id).is_some_and(|(write, ..)| write.is_cut());
        let most = story.plan().map_or(0, |plan| attempts(&plan.timing));
        ensure(cut || outcome.attempts <= most, || {
            format!("{} was sent {} times, and {most} is the most", outcome.id, outcome.attempts)
        })
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let (most, crews) = (truth.most, if story.given.stopped { CREWS } else { 1 });
        ensure(most.balancer_writes <= crews, || {
            format!("{} writes to the balancer at a time", most.balancer_writes)
        })?;
        ensure(most.calls <= CALLS * crews, || format!("{} calls at a time", most.calls))
    }
}

/// Returns how often one write may be sent: its pauses grow to the longest, and none is less than
/// half of what they have grown to.
fn attempts(timing: &Timing) -> u32 {
    let pause = (timing.forward_backoff / 2).max(Duration::from_millis(500));
    let grown = timing.forward_patience.as_millis() / pause.as_millis();
    u32::try_from(grown).unwrap_or(u32::MAX).saturating_add(GROWING)
}

/// How many calls a rollout may have under way, without notices.
const CALLS: u32 = 3;
/// How many controllers may be stopped in calls of theirs, and one that acts.
const CREWS: u32 = 3;
/// How many attempts there are at most before the pauses have grown.
const GROWING: u32 = 6;
