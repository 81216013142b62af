//! Traffic moves to green, step by step: raise, observe, hold.

use super::hold_over::{self, Span};
use super::vigil::{self, Alarm, Pace};
use super::{alarm, capacity, targets};
use crate::fact::{Fact, HoldReason, Move, Scope, Write};
use crate::machine::cx::Cx;
use crate::machine::phases::{ShiftStage, Shifting};
use crate::plan::Step;
use crate::provider::{Audience, NoticeKind, ObservedSplit, Sides};
use crate::value::{Side, Split, Timestamp, duration};

pub(super) fn decide(phase: &Shifting, cx: &mut Cx<'_>) {
    let steps = &cx.plan().shift.steps;
    let Some(step) = usize::try_from(phase.step).ok().and_then(|step| steps.get(step)) else {
        // A plan has at least one step and the moves count them: past the last there is the bake.
        cx.go(Move::Bake);
        return;
    };
    if let Some(found) = watch(phase, *step, cx) {
        alarm::answer(cx, found, phase.assessments);
        return;
    }
    if cx.decided() {
        return;
    }
    match phase.stage {
        ShiftStage::Raising => raise(*step, cx),
        ShiftStage::Observing { since } => observe(since, *step, cx),
        ShiftStage::Holding { since } => hold(phase, since, *step, cx),
    }
}

/// Watches green as soon as it may have traffic.
fn watch(phase: &Shifting, step: Step, cx: &mut Cx<'_>) -> Option<Alarm> {
    if !cx.state.traffic.on_green() {
        return None;
    }
    let plan = cx.plan();
    let mut pace = Pace::new(Scope::Shift, &plan.shift.analysis);
    pace.minor = phase.minor;
    match phase.stage {
        ShiftStage::Raising => {}
        ShiftStage::Observing { .. } => pace.every = pace.every.min(plan.timing.observe_every),
        ShiftStage::Holding { since } => {
            pace.clip = Some(span(phase, since, step, cx).end_wall(cx));
        }
    }
    vigil::vigil(cx, pace)
}

fn span<'a>(phase: &Shifting, since: Timestamp, step: Step, cx: &Cx<'a>) -> Span<'a> {
    Span {
        scope: Scope::Shift,
        analysis: &cx.plan().shift.analysis,
        since,
        length: step.hold,
        skip: phase.skip || cx.state.promote_full,
    }
}

/// Sends the step, once both sides have the capacity for it and nothing older can still land.
fn raise(step: Step, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let split = Split::to_green(step.green);
    let waits_since = cx.seen.step_since.take().unwrap_or(cx.now.at);
    if cx.state.pending("raise").is_some() {
        under_way(split, cx);
        return;
    }
    if let Some(seen) = drifted(cx) {
        // Another hand was at the balancer, perhaps while the raise was tried: nothing is sent over
        // it.
        mark!(DriftBeforeARaise);
        alarm::drift(cx, seen);
        return;
    }
    if let Some(failed) = cx.state.failed.get("raise")
        && (failed.is_final() || failed.times >= MOST_RAISES)
    {
        mark!(RaiseFailedTooOften);
        let what = format!("{split} could not be set: {}", failed.words());
        cx.hold(HoldReason::Stalled { what }, &plan.faults.stalled);
        return;
    }
    if cx.may_land() {
        mark!(RaiseWaitsForLateWrite);
        // Before the first step nobody else looks what another hand does meanwhile.
        cx.poll_split(plan.timing.poll);
        cx.waits_for("an earlier write to be certain not to land any more");
        return;
    }
    let missing = not_ready(split, cx);
    if missing.is_empty() {
        cx.write(Write::Raise { split });
        return;
    }
    let missing = missing.join("; ");
    // Not since the step began: holds, an earlier raise, and time without a controller do not count.
    cx.seen.step_since = Some(waits_since);
    let latest = waits_since.after(plan.timing.observe_timeout);
    if cx.now.at >= latest {
        mark!(StepNotReady);
        let what = format!("{split} could not be set: {missing}");
        cx.hold(HoldReason::Stalled { what }, &plan.faults.stalled);
    } else {
        cx.wake_at(latest);
        cx.waits_for(missing);
    }
}

/// A raise may be tried for minutes, or wait as long for its intent to be saved: when green loses its
/// targets meanwhile, or runs something else, or blue could not take everything back, or another hand is at
/// the balancer, it is given up.
fn under_way(split: Split, cx: &mut Cx<'_>) {
    cx.waits_for(format!("the balancer to take {split}"));
    let poll = cx.plan().timing.poll;
    cx.poll_split(poll);
    cx.poll_sides(poll);
    if drifted(cx).is_some() {
        // What the raise itself did is known once it has ended; then the drift is told.
        mark!(DriftUnderARaise);
        cx.freeze();
        return;
    }
    let sides = cx.seen.sides.fresh(cx.now.at, poll * 3);
    let unfit = |sides| short(split, sides, cx).next().or_else(|| capacity::stranger(cx, sides));
    if sides.and_then(unfit).is_some() {
        mark!(RaiseGivenUpInTheMiddle);
        cx.freeze();
    }
}

/// Returns what another hand has set, once it was seen twice.
fn drifted(cx: &Cx<'_>) -> Option<ObservedSplit> {
    let seen = cx.seen.split.fresh(cx.now.at, cx.plan().timing.poll * 3)?;
    (cx.seen.drift_reads >= 2).then(|| seen.clone())
}

/// How many times a raise whose patience ran out is begun anew before the rollout holds.
const MOST_RAISES: u32 = 2;

/// Lists what keeps a step from being sent, from readings fresh enough to rely on.
fn not_ready(split: Split, cx: &mut Cx<'_>) -> Vec<String> {
    let fresh = cx.plan().timing.fresh;
    let expected = cx.state.traffic.expected();
    cx.poll_split(fresh);
    cx.poll_sides(fresh);
    let mut missing = Vec::new();
    match cx.seen.split.fresh(cx.now.at, fresh) {
        Some(seen) if seen.agreed() == Some(expected) => {}
        // A write of ours whose answer was lost may have landed, or half of it: sending it again
        // confirms it.
        Some(seen) if sent_before(split, cx) && cx.state.traffic.may_show(seen) => {
            mark!(LostRaiseHadLanded);
        }
        Some(seen) => missing.push(format!("the balancer to show {expected}; it shows {seen}")),
        None => missing.push("a fresh reading of the split".to_owned()),
    }
    let Some(sides) = cx.seen.sides.fresh(cx.now.at, fresh) else {
        missing.push("a fresh reading of the targets".to_owned());
        return missing;
    };
    let (has, planned) = (sides.green.healthy, capacity::planned_green(cx));
    if has < planned {
        missing.push(format!("{planned} healthy green targets; {has} are"));
    }
    missing.extend(short(split, sides, cx));
    missing.extend(capacity::stranger(cx, sides));
    missing.extend(capacity::altered(cx, sides));
    missing.extend(targets::missing(cx));
    missing
}

/// What either side lacks for a step. Blue needs more than its share: it must be able to take everything
/// back.
fn short(split: Split, sides: &Sides, cx: &Cx<'_>) -> impl Iterator<Item = String> {
    let whole = !cx.plan().start.dangerous_start_with_unhealthy_blue;
    let blue = whole.then(|| capacity::shortage(cx, sides, Side::Blue, Split::ALL_BLUE)).flatten();
    capacity::shortage(cx, sides, Side::Green, split).into_iter().chain(blue)
}

fn sent_before(split: Split, cx: &Cx<'_>) -> bool {
    cx.state.traffic.commanded.is_some_and(|commanded| commanded.split() == split)
}

/// Waits until the requests show the step; only then does the hold begin.
fn observe(since: Timestamp, step: Step, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let split = Split::to_green(step.green);
    if plan.start.dangerous_trust_read_back {
        told(split, cx);
        cx.fact(Fact::TrafficTrusted { split });
        return;
    }
    if let Some(says) = cx.seen.sampler.share.shows(split, plan.timing.quiet) {
        told(split, cx);
        let (from, until, blue, green) = (says.from, says.until, says.blue, says.green);
        cx.fact(Fact::TrafficObserved { split, from, until, blue, green });
        return;
    }
    let latest = since.after(plan.timing.observe_timeout);
    if cx.now.at >= latest {
        mark!(StepNotShown);
        let within = duration::format(plan.timing.observe_timeout);
        let what = format!("the requests did not show {split} within {within}");
        cx.hold(HoldReason::Stalled { what }, &plan.faults.stalled);
    } else {
        cx.wake_at(latest);
        cx.waits_for(format!("the requests to show {split}"));
    }
}

fn told(split: Split, cx: &mut Cx<'_>) {
    let occasion = format!("step/{}", split.green().basis_points());
    let text = format!("traffic of {} is at {split}", cx.plan().service);
    cx.notify(NoticeKind::Info, Audience::Channel, &occasion, text);
}

fn hold(phase: &Shifting, since: Timestamp, step: Step, cx: &mut Cx<'_>) {
    if !hold_over::is_over(cx, span(phase, since, step, cx)) {
        return;
    }
    let next = phase.step + 1;
    let more = usize::try_from(next).is_ok_and(|next| next < cx.plan().shift.steps.len());
    cx.go(if more { Move::Shift { step: next } } else { Move::Bake });
}
