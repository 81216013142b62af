//! S17: blue is removed only when everything speaks for it.
//!
//! Excused: another hand at the router within the last three minutes, metrics that are not to be trusted, writes
//! that land later than declared; requests to a blue without a healthy target, of which nobody knows for
//! whom they were.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Action, PhaseName};
use greenflow_core::plan::PlanBody;
use greenflow_core::value::{Side, Split};

use super::{Oracle, Story, ensure, last_split_sent};
use crate::world::{Cause, Truth};

/// S17.
#[derive(Debug, Default)]
pub(super) struct S17 {
    /// Since when no request has reached blue.
    idle: Option<Duration>,
}

impl Oracle for S17 {
    fn id(&self) -> &'static str {
        "S17"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Some(plan) = story.plan() else { return Ok(()) };
        match &entry.fact {
            Fact::Moved(Move::Retire) => retained(story, plan, entry),
            Fact::Intent { write: Write::Remove { side: Side::Blue, .. }, .. } => {
                ensure(story.phase == PhaseName::Retiring, || {
                    format!("blue is removed in {}", story.phase)
                })?;
                let bound = story.started().map_or(Duration::ZERO, |s| s.late_effect_bound);
                let waited = last_split_sent(story).map(|sent| entry.at.since(sent));
                ensure(waited.is_none_or(|waited| waited >= bound), || {
                    format!("blue is removed {waited:?} after the last split was sent")
                })
            }
            _ => Ok(()),
        }
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let idle = self.idle.map(|since| truth.at.saturating_sub(since));
        let none = truth.share.blue <= 0.0 || truth.sides.blue.healthy == 0;
        self.idle = none.then(|| self.idle.unwrap_or(truth.at));
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        // What is asked counts, whether the world refuses it or not.
        if landed.removed != Some(Side::Blue) || !story.is_ours(&landed.rollout) {
            return Ok(());
        }
        let given = story.given;
        let excused = given.no_metrics
            || given.too_late_writes
            || story.within(story.router_changed, MOVED)
            || story.plan().is_some_and(|plan| plan.start.dangerous_trust_read_back);
        ensure(excused || idle.is_some_and(|idle| idle >= QUIET), || {
            format!("blue was to be removed, and had been without requests for {idle:?}")
        })
    }
}

fn retained(story: &Story, plan: &PlanBody, entry: &Entry) -> Result<(), String> {
    // Since when the requests have shown it, however often they showed it again: time in a hold
    // counts toward retention.
    let shown = story.entries.iter().rev().filter_map(|entry| match &entry.fact {
        Fact::TrafficObserved { split, .. } | Fact::TrafficTrusted { split } => {
            Some((entry.at, *split))
        }
        _ => None,
    });
    let full = shown.take_while(|(_, split)| *split == Split::ALL_GREEN).last();
    let Some(full) = full else {
        return Err("blue may go, and nobody saw all requests on green".to_owned());
    };
    let (mut now, mut extended) = (false, Duration::ZERO);
    for fact in story.facts() {
        let Fact::Commanded(command) = fact else { continue };
        match &command.action {
            Action::RetireNow { .. } => now = true,
            Action::ExtendRetention { by } => {
                (now, extended) = (false, extended.saturating_add(*by));
            }
            _ => {}
        }
    }
    let length = plan.retain.at_least.saturating_add(extended);
    let kept = entry.at.since(full.0);
    let due = plan.retain.due.map(|due| due.after(extended));
    ensure(now || due.is_none_or(|due| entry.wall >= due), || {
        format!("blue may go at {:?}, and is kept until {due:?}", entry.wall)
    })?;
    ensure(now || kept >= length, || format!("blue was kept for {kept:?} of {length:?}"))
}

/// For how long blue must have been without requests.
const QUIET: Duration = Duration::from_secs(60);
/// How long after a change by another hand requests may still be moving.
const MOVED: Duration = Duration::from_secs(180);
