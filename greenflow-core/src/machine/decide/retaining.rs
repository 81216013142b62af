//! Blue is kept for an instant return, until everything speaks for its removal.

use std::time::Duration;

use super::checks::{self, Standing};
use super::vigil::{self, Pace};
use super::{alarm, capacity, looks};
use crate::fact::{HoldReason, Move, Scope, Write};
use crate::machine::cx::Cx;
use crate::machine::phases::Retaining;
use crate::plan::{OtherwisePolicy, WaitPolicy};
use crate::provider::{CheckStage, Sides};
use crate::value::{Now, Severity, Side, Split, Timestamp, Verdict, WallTime};

pub(super) fn decide(phase: &Retaining, cx: &mut Cx<'_>) {
    looks::report(cx);
    if cx.decided() {
        return;
    }
    let Some(due) = due(phase, cx) else {
        (cx.seen.due_since, cx.seen.blocked_since) = (None, None);
        if let Some(found) = looks::look(cx, phase.minor).into_iter().next() {
            alarm::answer(cx, found, phase.assessments);
        }
        return;
    };
    // From here on green is watched as closely as in a hold: blue is about to go.
    let plan = cx.plan();
    let mut pace = Pace::new(Scope::Watch, &plan.watch.analysis);
    pace.every = plan.timing.observe_every;
    pace.minor = phase.minor;
    // The time since the last look comes first, as one sample.
    pace.clip = Some(due.wall);
    if cx.seen.sampler.cursor.is_some_and(|cursor| cursor < due.wall) {
        pace.every = LONGEST;
    }
    if let Some(found) = vigil::vigil(cx, pace) {
        alarm::answer(cx, found, phase.assessments);
        return;
    }
    if cx.decided() {
        return;
    }
    let missing = missing(due, cx);
    if cx.decided() {
        return;
    }
    if missing.is_empty() {
        cx.go(Move::Retire);
    } else {
        overdue(phase, due, missing.join("; "), cx);
    }
}

/// Waits for what is missing, but not for ever: after a day it is somebody's turn. Whoever comes later
/// still tries for an hour, and what people are told of already has a day of its own.
fn overdue(phase: &Retaining, due: Now, missing: String, cx: &mut Cx<'_>) {
    let now = cx.now.at;
    let overdue = match phase.retire_now {
        Some(at) => now.since(at),
        None => phase.overdue(&cx.plan().retain, cx.state.traffic.full_since, cx.now),
    };
    let overdue = overdue.min(now.since(phase.resumed.unwrap_or(phase.since)));
    let blocked = cx.seen.blocked_since.map_or(now, |since| since.after(LONGEST));
    let latest =
        now.after(LONGEST.saturating_sub(overdue)).max(due.at.after(AT_LEAST)).max(blocked);
    if now < latest {
        cx.wake_at(latest);
        cx.waits_for(missing);
        return;
    }
    mark!(RetentionBlocked);
    cx.seen.blocked_since = None;
    let what = format!("blue cannot be removed: {missing}");
    // A release that has served for days is not rolled back because its predecessor cannot go.
    let policy = WaitPolicy::new(cx.plan().faults.stalled.within, OtherwisePolicy::Stop);
    cx.hold(HoldReason::Stalled { what }, &policy);
}

/// Returns since when the removal is due; `None` while it is not.
fn due(phase: &Retaining, cx: &mut Cx<'_>) -> Option<Now> {
    if phase.retire_now.is_some() {
        return Some(cx.seen.due_since(cx.now));
    }
    let retain = &cx.plan().retain;
    let end = phase.end(retain, cx.state.traffic.full_since);
    if cx.now.at < end {
        cx.wake_at(end);
        cx.waits_for("the end of blue's retention");
        return None;
    }
    if let Some(time) = retain.due.map(|due| due.after(phase.extended_by))
        && cx.now.wall < time
    {
        cx.wake_wall(time);
        cx.waits_for("the time to remove blue");
        return None;
    }
    Some(cx.seen.due_since(cx.now))
}

/// Lists what still speaks against destroying blue (S17): nothing may be missing, and every
/// reading must be a positive one.
fn missing(due: Now, cx: &mut Cx<'_>) -> Vec<String> {
    let plan = cx.plan();
    if let Some(pending) = cx.state.writes.values().next() {
        // What is sent may land until it has ended, and for some time after that.
        return vec![format!("the provider to carry out {}", pending.write.name())];
    }
    if !plan.retire.remove_blue {
        return last_look(due, cx);
    }
    let mut missing = last_actions(cx);
    let timing = &plan.timing;
    let now = cx.now.at;
    let is_fresh = cx.seen.split.fresh(now, timing.fresh * 2).is_some();
    if !is_fresh || !cx.seen.split.spans(cx.seen.no_blue_since, TWICE) {
        missing.push("blue to be read at 0 twice, 10 s apart".to_owned());
    }
    if !plan.start.dangerous_trust_read_back {
        let quiet = cx.seen.sampler.quiet_blue.lasts(WallTime::from_unix_millis(0));
        if quiet < timing.quiet || !measured_lately(due, cx) {
            missing.push("measurements that show no request on blue".to_owned());
            missing.extend(cx.clock_behind());
        }
    }
    let late = cx.state.traffic.quiet_from(cx.state.late_effect_bound());
    if now < late {
        cx.wake_at(late);
        missing.push("earlier writes to be certain not to land any more".to_owned());
    }
    // What was healthy at the last look says nothing of the time since, and an average of hours little
    // of now: at least one sample is of the time in which blue may go.
    let least = due.at.after(timing.observe_every);
    let covered = reached(cx).is_some_and(|reached| reached >= least);
    let judgement = cx.judgement(&plan.watch.analysis).filter(|_| covered);
    if !judgement.is_some_and(|judgement| judgement.last == Verdict::Healthy) {
        missing.push("a healthy sample of green".to_owned());
    }
    let sides: Option<&Sides> = cx.seen.sides.fresh(now, timing.fresh * 2);
    match sides {
        Some(sides) if fits(cx, sides) => {}
        Some(_) | None => missing.push("green to be able to carry everything".to_owned()),
    }
    missing
}

/// Blue stays, and nothing else need be known; but without a long watch nobody has looked since the
/// bake, and another hand may have moved traffic. What it finds wrong is a drift, once it is read twice.
fn last_look(due: Now, cx: &mut Cx<'_>) -> Vec<String> {
    let seen = cx.split_since(due.at).is_some() && cx.seen.drift_reads == 0;
    if seen { Vec::new() } else { vec!["a last reading of the split".to_owned()] }
}

/// Returns whether the measurements reach up to now, but for the source's delay and a few polls; or,
/// where all that speaks against that is the wall clock, which may run ahead, whether they reach into
/// the time through which each reading has shown blue at 0.
fn measured_lately(due: Now, cx: &Cx<'_>) -> bool {
    let timing = &cx.plan().timing;
    let delay = cx.state.started().capabilities.metrics.delay;
    let lag = delay + timing.observe_every + timing.poll * 3;
    let is_recent = |reached: Timestamp| reached.after(lag) >= cx.now.at;
    let flowing = cx.seen.sampler.reached_by_samples(cx.now, delay).is_some_and(is_recent);
    let steady = cx.seen.no_blue_since.map(|since| since.max(due.at).after(timing.quiet));
    let proved = |reached| is_recent(reached) || steady.is_some_and(|steady| reached >= steady);
    flowing && reached(cx).is_some_and(proved)
}

/// Up to when green and blue are measured.
fn reached(cx: &Cx<'_>) -> Option<Timestamp> {
    cx.seen.sampler.reached(cx.now, cx.state.started().capabilities.metrics.delay)
}

pub(super) fn fits(cx: &Cx<'_>, sides: &Sides) -> bool {
    capacity::shortage(cx, sides, Side::Green, Split::ALL_GREEN).is_none()
}

/// How far apart the two readings of blue at 0 must be.
const TWICE: Duration = Duration::from_secs(10);
/// How long blue is kept for what is missing before people are asked.
const LONGEST: Duration = Duration::from_secs(86_400);
/// How long that is tried at least by whoever comes late.
const AT_LEAST: Duration = Duration::from_secs(3600);
/// How often the final checks and the backup are tried before people are asked.
const TRIES: u32 = 3;

/// Makes the final checks and the backup, while going back is still possible.
fn last_actions(cx: &mut Cx<'_>) -> Vec<String> {
    let plan = cx.plan();
    match checks::run(cx, CheckStage::Retire, &plan.retire.checks, true, TRIES) {
        Standing::Passed => {}
        Standing::Running => return vec!["the last checks before the removal".to_owned()],
        Standing::Failed(failed) => {
            let what = format!("blue is kept: {}", failed.join("; "));
            blocked(cx, &what);
            return vec![what];
        }
    }
    let Some(hook) = &plan.retire.backup else { return Vec::new() };
    if cx.state.hooks_done.contains(hook) {
        return Vec::new();
    }
    if let Some(failed) = cx.state.failed.get("run_hook")
        && (failed.is_final() || failed.times >= TRIES)
    {
        mark!(BackupFailed);
        let what = format!("blue is kept: {hook} failed: {}", failed.words());
        blocked(cx, &what);
        return vec![what];
    }
    let resources = cx.state.blue.as_ref().map(|blue| blue.resources.clone()).unwrap_or_default();
    cx.write(Write::RunHook { hook: hook.clone(), resources });
    vec![format!("{hook} to finish")]
}

/// The removal cannot go on by itself. Blue stays, people are told, and after a day without
/// anybody mending it the rollout goes on without the removal.
fn blocked(cx: &mut Cx<'_>, what: &str) {
    mark!(BlueKeptForAFailure);
    cx.issue(Severity::Major, what, "blue was kept");
    cx.page("retire-blocked", what);
    let since = cx.seen.blocked_since.get_or_insert(cx.now.at);
    let latest = since.after(LONGEST);
    if cx.now.at >= latest {
        cx.go(Move::Retire);
    } else {
        cx.wake_at(latest);
    }
}

/// Returns whether everything that must precede the removal was done.
pub(super) fn may_remove(cx: &Cx<'_>) -> bool {
    let retire = &cx.plan().retire;
    retire.remove_blue
        && retire.checks.iter().all(|check| cx.state.passed(CheckStage::Retire, &check.name))
        && retire.backup.as_ref().is_none_or(|hook| cx.state.hooks_done.contains(hook))
}
