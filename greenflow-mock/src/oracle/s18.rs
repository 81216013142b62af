//! S18: on the way back green is removed only after the cut was read back, when it has been without
//! requests for a while and nothing can bring it any more. What is asked counts, whether the world
//! refuses it or not.
//!
//! Excused: another hand at the router within the last three minutes, metrics that are not to be
//! trusted, writes that land later than declared; a green that never had traffic, one that another hand
//! had deleted before; requests that a green without a healthy target cannot serve, or so few that none
//! may come in a minute; a plan that trusts the read-back; a wall clock that was never right; a removal that
//! is tried again, before which only the split is looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, OutcomeClass, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::{EffectId, Side};

use super::{Oracle, Story, ensure, last_split_sent, rolled_back};
use crate::world::{Cause, Truth};

/// S18.
#[derive(Debug, Default)]
pub(super) struct S18 {
    /// Since when green has served no request.
    idle: Option<Duration>,
    /// When the world was seen last, and how many requests a second green has served since.
    seen: Option<(Duration, f64)>,
    /// How many it has served since it had none.
    served: f64,
    /// When it last had served none for long enough.
    rested: Option<Duration>,
    /// The removals that were asked for before.
    asked: BTreeSet<EffectId>,
}

impl Oracle for S18 {
    fn id(&self) -> &'static str {
        "S18"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Intent { write: Write::Remove { side: Side::Green, .. }, .. } = &entry.fact
        else {
            return Ok(());
        };
        ensure(story.phase == PhaseName::RollingBack, || {
            format!("green is removed in {}", story.phase)
        })?;
        let is_cut = |id| story.intent(id).is_some_and(|(write, ..)| write.is_cut());
        let cut = story.since(rolled_back).any(|entry| {
            let Fact::Outcome(outcome) = &entry.fact else { return false };
            outcome.class == OutcomeClass::Applied && is_cut(outcome.id)
        });
        ensure(cut, || "green is removed before the cut was read back".to_owned())?;
        if !raised(story) {
            return Ok(());
        }
        let bound = story.started().map_or(Duration::ZERO, |s| s.late_effect_bound);
        let waited = last_split_sent(story).map(|sent| entry.at.since(sent));
        ensure(waited.is_none_or(|waited| waited >= bound), || {
            format!("green is removed {waited:?} after the last split was sent")
        })
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        // The tail of a drain may find green back up for a moment, in which no request comes.
        if let Some((at, rate)) = self.seen {
            self.served += rate * truth.at.saturating_sub(at).as_secs_f64();
        }
        if self.served > HANDFUL {
            self.idle = None;
        }
        let idle = self.idle.map(|since| truth.at.saturating_sub(since));
        if idle.is_some_and(|idle| idle >= QUIET) {
            self.rested = Some(truth.at);
        }
        let up = truth.sides.green.healthy > 0;
        let rate = if up { truth.share.green * truth.demand } else { 0.0 };
        let rate = if rate > FEW { rate } else { 0.0 };
        self.seen = Some((truth.at, rate));
        if rate == 0.0 && self.idle.is_none() {
            (self.idle, self.served) = (Some(truth.at), 0.0);
        }
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let given = story.given;
        let gone = story.last.as_ref().is_some_and(|last| !last.sides.green.exists);
        let again = landed.effect.is_some_and(|effect| !self.asked.insert(effect));
        let excused = landed.removed != Some(Side::Green)
            || again
            || gone
            || !story.is_ours(&landed.rollout)
            || !raised(story)
            || given.no_metrics
            || given.off_clocks
            || story.clock_was_never_right()
            || given.too_late_writes
            || story.within(story.router_changed, MOVED)
            || story.plan().is_some_and(|plan| plan.start.dangerous_trust_read_back);
        ensure(excused || story.within(self.rested, SEEN), || {
            format!("green was to be removed, and had served no request for {idle:?}")
        })
    }
}

fn raised(story: &Story) -> bool {
    story.facts().any(|fact| matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. }))
}

/// For how long green must have been without requests: a minute, but for what one request more or less
/// makes of it.
const QUIET: Duration = Duration::from_secs(50);
/// How long before the removal that may have been measured.
const SEEN: Duration = Duration::from_secs(30);
/// So few requests a second that those of a tail of twenty seconds may all be missed.
const FEW: f64 = 0.5;
/// So few requests that none of them may be counted.
const HANDFUL: f64 = 5.0;
/// How long after a change by another hand requests may still be moving.
const MOVED: Duration = Duration::from_secs(180);
