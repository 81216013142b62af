//! Whether a hold or a bake is over.

use std::time::Duration;

use super::capacity;
use crate::fact::{HoldReason, Scope};
use crate::machine::cx::Cx;
use crate::machine::{WaitReason, words};
use crate::plan::Analysis;
use crate::value::{Side, Timestamp, Verdict, WallTime};

/// One hold or bake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    pub(super) scope: Scope,
    pub(super) analysis: &'a Analysis,
    /// Counted from traffic-observed.
    pub(super) since: Timestamp,
    pub(super) length: Duration,
    /// A person skips the rest of it; every other condition stays.
    pub(super) skip: bool,
}

impl Span<'_> {
    /// Returns whether its time is over, or somebody skips the rest of it.
    pub(super) fn may_end(&self, cx: &Cx<'_>) -> bool {
        self.skip || cx.now.at >= self.since.after(self.length)
    }

    /// Returns the wall time at which it ends, as far as the wall clock goes on as it does.
    pub(super) fn end_wall(&self, cx: &Cx<'_>) -> WallTime {
        let end = self.since.after(self.length);
        let passed = cx.now.at.since(end);
        cx.now.wall.after(end.since(cx.now.at)).before(passed)
    }
}

/// Returns whether the span is over; if it cannot end for too long, holds the rollout.
pub(super) fn is_over(cx: &mut Cx<'_>, span: Span<'_>) -> bool {
    let end = span.since.after(span.length);
    if !span.may_end(cx) {
        cx.wake_at(end);
        cx.waits_for(WaitReason::hold(span.scope, span.length));
        return false;
    }
    // Counted from here, and anew when it is resumed or taken over: what is missing had no time before.
    let over_since = *cx.seen.over_since.get_or_insert(cx.now.at);
    let missing = missing(cx, span);
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join("; ");
    let plan = cx.plan();
    let extended = span.length.saturating_mul(plan.shift.max_extensions);
    let latest = over_since.after(extended.max(plan.timing.observe_timeout));
    if cx.now.at >= latest {
        mark!(HoldCannotEnd);
        let policy = plan.faults.stalled.clone();
        cx.hold(HoldReason::Stalled { what: format!("the hold cannot end: {missing}") }, &policy);
    } else {
        cx.wake_at(latest);
        cx.waits_for(missing);
    }
    false
}

/// Lists what is missing for the span to end, beside its time.
fn missing(cx: &Cx<'_>, span: Span<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    let timing = &cx.plan().timing;
    let (poll, now) = (timing.poll, cx.now.at);
    // A step without a hold of its own is judged by what follows it.
    if !span.length.is_zero() {
        // Of the present split, and seen since it was interrupted: what was measured before says
        // nothing of it.
        let boundary = cx.seen.sampler.boundary;
        let present = |reached: &Timestamp| boundary.is_none_or(|since| *reached > since.at);
        let source = &cx.state.started().capabilities.metrics;
        let reached = cx.seen.sampler.reached(cx.now, source.delay).filter(present);
        let covered = reached.is_some_and(|reached| {
            // What is left over may be too short to be measured by itself.
            let whole = reached.after(source.shortest) > span.since.after(span.length);
            let lately = reached.after(source.delay + span.analysis.every + poll * 3) >= now;
            whole || span.skip && lately
        });
        let judgement = cx.judgement(span.analysis);
        match judgement {
            Some(judgement) if covered && judgement.last == Verdict::Healthy => {}
            Some(judgement) if covered => {
                missing.push(format!("a healthy sample: {}", words::findings(&judgement.findings)));
            }
            Some(_) | None => {
                missing.push("the measurements of the whole hold".to_owned());
                missing.extend(cx.clock_behind());
            }
        }
        let requests = cx.seen.sampler.green_since;
        if requests < span.analysis.min_requests {
            let needed = span.analysis.min_requests;
            missing.push(format!("{needed} requests on green; it has served {requests}"));
        }
    }
    let expected = cx.state.traffic.expected();
    let split = cx.seen.split.fresh(now, poll * 2).and_then(|split| split.agreed());
    if split != Some(expected) {
        missing.push(format!("a fresh reading of {expected}"));
    }
    match cx.seen.sides.fresh(now, poll * 2) {
        Some(sides) => {
            let (has, planned) = (sides.green.healthy, capacity::planned_green(cx));
            if has < planned {
                missing.push(format!("{planned} healthy green targets; {has} are"));
            }
            missing.extend(capacity::shortage(cx, sides, Side::Green, expected));
        }
        None => missing.push("a fresh reading of the targets".to_owned()),
    }
    missing
}
