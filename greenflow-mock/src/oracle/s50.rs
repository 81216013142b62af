//! S50: one write to the balancer at a time, few calls at a time, and no write is sent for ever.
//!
//! Excused: the cut, which is never given up; the calls in which a controller was stopped, while
//! another one acts.

use greenflow_core::fact::{Entry, Fact};

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
        ensure(cut || outcome.attempts <= ATTEMPTS, || {
            format!("{} was sent {} times", outcome.id, outcome.attempts)
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

/// How many calls a rollout may have under way, without notices.
const CALLS: u32 = 4;
/// How many controllers may be stopped in calls of theirs, and one that acts.
const CREWS: u32 = 3;
/// How often one write may be sent.
const ATTEMPTS: u32 = 200;
