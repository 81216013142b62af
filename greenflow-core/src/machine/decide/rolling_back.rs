//! The way back: the cut first, read back; then, in calm, the rest.

use std::time::Duration;

use super::{alarm, safe_side};
use crate::fact::{Fact, Move, Scope, StuckReason, Write};
use crate::machine::cx::Cx;
use crate::machine::phases::RollingBack;
use crate::provider::{Audience, NoticeKind, Sides};
use crate::value::{EffectId, ResourceId, Severity, Side, Split, Timestamp, duration};

pub(super) fn decide(phase: &RollingBack, cx: &mut Cx<'_>) {
    stop_other_writes(cx);
    overdue(phase, cx);
    if cx.decided() {
        return;
    }
    let Some(cut_at) = phase.cut_at else {
        cut(phase, cx);
        return;
    };
    watch(cx);
    if let Some(seen) = foreign(cut_at, cx) {
        mark!(CutUndone);
        cx.fact(Fact::Drifted { seen, expected: Split::ALL_BLUE });
        return;
    }
    if phase.stopped_at.is_none() && cx.state.may_have_green() {
        let kept = match calm(cut_at, cx) {
            Calm::Yes(green) => {
                if seen_on_blue(cx) {
                    return;
                }
                stop_green(green, cx)
            }
            Calm::NotYet(missing) => {
                cx.waits_for(missing);
                return;
            }
            Calm::Never(why) => Some(format!("green, kept running: {why}")),
        };
        match kept {
            None => return,
            Some(kept) => {
                // What is missing changes with every write; people are told once.
                let told = cx.seen.green_kept.get_or_insert(kept).clone();
                alarm::leftover(cx, &told);
            }
        }
    }
    finish(phase, cx);
}

/// Only the cut may be under way from now on. A raise must have answered before it is sent.
fn stop_other_writes(cx: &mut Cx<'_>) {
    let others: Vec<_> = cx
        .state
        .writes
        .iter()
        .filter(|(_, pending)| {
            matches!(
                pending.write,
                Write::Raise { .. } | Write::Provision { .. } | Write::RunHook { .. }
            )
        })
        .map(|(id, _)| *id)
        .collect();
    for id in others {
        cx.stop(id);
    }
}

/// Past the budget people are paged, once, and it goes on trying.
fn overdue(phase: &RollingBack, cx: &mut Cx<'_>) {
    if phase.cut_at.is_some() {
        return;
    }
    let budget = cx.plan().rollback.budget;
    let latest = phase.since.after(budget);
    if cx.now.at < latest {
        cx.wake_at(latest);
        return;
    }
    mark!(RollbackOverdue);
    let what = format!("the way back is overdue: not on blue after {}", duration::format(budget));
    cx.issue(Severity::Critical, what.clone(), "paged; it is tried on and on");
    cx.page("rollback-overdue", what);
}

/// Takes all traffic off green. Only a fresh, positive reading of a blue without any healthy
/// target stands in the way; a missing one never does.
fn cut(phase: &RollingBack, cx: &mut Cx<'_>) {
    if let Some(id) = cx.state.pending("cut") {
        keep_off_a_dead_blue(id, cx);
        cx.waits_for("the balancer to take all traffic off green");
        return;
    }
    if cx.state.pending("raise").is_some() {
        cx.waits_for("a write that is under way to answer");
        mark!(CutWaitsForARaise);
        return;
    }
    if !looked(phase, cx) {
        mark!(LookedBeforeTheFirstCut);
        cx.waits_for("a look at both sides");
        return;
    }
    let timing = &cx.plan().timing;
    let no_blue = safe_side::blue_is_down(cx);
    if no_blue || phase.cuts >= MOST_CUTS {
        blocked(phase, cx, no_blue);
        return;
    }
    if let Some(failed) = cx.state.failed.get("cut") {
        mark!(CutTriedAnew);
        let again = failed.at.after(timing.rollback_backoff);
        if cx.now.at < again {
            cx.wake_at(again);
            return;
        }
    }
    cx.write(phase.cut());
}

/// A cut that is tried again and again must not take effect at last when blue has gone down meanwhile.
fn keep_off_a_dead_blue(cut: EffectId, cx: &mut Cx<'_>) {
    let poll = cx.plan().timing.poll;
    let sent = cx.state.writes.get(&cut).map_or(cx.now.at, |pending| pending.at);
    let from = sent.after(poll);
    if cx.now.at < from {
        cx.wake_at(from);
        return;
    }
    cx.poll_sides(poll);
    if safe_side::blue_is_down(cx) {
        mark!(CutStopped);
        cx.stop(cut);
    }
}

/// Before any traffic of ours was on green nobody has watched: another hand may have moved it away
/// from a blue that is gone. There is time for one look, whether it is answered or fails.
fn looked(phase: &RollingBack, cx: &mut Cx<'_>) -> bool {
    if cx.state.traffic.raised {
        return true;
    }
    let since = phase.since;
    let told = cx.seen.sides.is_told_since(since);
    if !told {
        cx.poll_sides(Duration::ZERO);
    }
    told
}

/// How many cuts one push may take: another hand that keeps undoing them is for people to stop.
const MOST_CUTS: u32 = 20;

fn blocked(phase: &RollingBack, cx: &mut Cx<'_>, no_blue: bool) {
    let budget = cx.plan().rollback.budget;
    let (what, remedy) = if no_blue {
        ("the way back is blocked: blue has no healthy target", "bring blue up, then say resume")
    } else {
        (
            "the way back is undone again and again by another hand",
            "stop whatever rewrites the balancer, then say resume",
        )
    };
    mark!(WayBackBlocked);
    cx.issue(Severity::Critical, what, "paged");
    cx.page(&format!("rollback-blocked/{}", phase.pushed_at.as_millis()), what);
    if cx.decided() {
        return;
    }
    if no_blue && cx.now.at < phase.pushed_at.after(budget) {
        cx.poll_sides(Duration::from_secs(2));
        cx.wake_at(phase.pushed_at.after(budget));
        cx.waits_for(what);
        return;
    }
    cx.go(Move::Stick(StuckReason { what: what.to_owned(), remedy: remedy.to_owned() }));
}

/// Keeps reading: a late write of ours, or another hand, may bring traffic back to green.
fn watch(cx: &mut Cx<'_>) {
    let plan = cx.plan();
    cx.poll_split(plan.timing.poll);
    // Of the time before the cut nothing is evidence of the way back: it may be days in which nobody
    // had to measure, and is asked for in one.
    let before = cx.seen.sampler.is_before_evidence();
    let every = if before { LONGEST } else { plan.timing.observe_every };
    cx.sample(Scope::Rollback, &plan.shift.analysis, every, None);
}

/// The longest interval that is asked for in one.
const LONGEST: Duration = Duration::from_hours(24);

fn foreign(cut_at: Timestamp, cx: &Cx<'_>) -> Option<crate::provider::ObservedSplit> {
    if cx.state.pending("cut").is_some() {
        return None;
    }
    // What was asked for in that very millisecond may be older than the cut.
    let seen = cx.seen.split.since(cut_at.after(Duration::from_millis(1)))?;
    seen.may_reach(Side::Green).then(|| seen.clone())
}

/// Whether green serves nothing any more and nothing of ours can still land (S18).
enum Calm {
    /// Then this is what to stop.
    Yes(Vec<ResourceId>),
    NotYet(String),
    Never(String),
}

/// How long a missing provider is waited for before green is left running.
const PATIENCE: Duration = Duration::from_secs(3600);

fn calm(cut_at: Timestamp, cx: &mut Cx<'_>) -> Calm {
    let plan = cx.plan();
    let now = cx.now.at;
    let mut missing = Vec::new();
    let shown = cx.seen.no_green_since.filter(|first| *first >= cut_at);
    if !cx.seen.split.spans(shown, TWICE) {
        missing.push("the balancer to show green at 0 twice, 10 s apart".to_owned());
    }
    let traffic = &cx.state.traffic;
    // A green that never had traffic, nor a write that could still bring it some, is calm already; but
    // a creation of which nobody knows may still land.
    let late = if traffic.raised {
        traffic.quiet_from(cx.state.late_effect_bound())
    } else {
        traffic.late_until
    };
    if now < late {
        cx.wake_at(late);
        missing.push("earlier writes to be certain not to land any more".to_owned());
    }
    if cx.state.traffic.raised {
        let delay = cx.state.started().capabilities.metrics.delay;
        // One that is down gets no requests, whatever the balancer does: that they stay away is seen
        // only since it came up.
        let since = cx.seen.green_up_since.map_or(cut_at, |up| up.max(cut_at));
        let quiet = cx.seen.sampler.green_quiet_since(since, cx.now, delay);
        if quiet < plan.timing.quiet && !plan.start.dangerous_trust_read_back {
            missing.push("measurements that show no request on green".to_owned());
        }
        // Whoever destroys one side must have seen the other one serve, and not only between two
        // crashes.
        let poll = plan.timing.poll;
        cx.poll_sides(poll);
        let is_fresh = cx.seen.sides.fresh(now, poll * 3).is_some();
        if !is_fresh || !cx.seen.sides.spans(cx.seen.blue_up_since, plan.timing.quiet) {
            let quiet = duration::format(plan.timing.quiet);
            missing.push(format!("a healthy target of blue in each reading for {quiet}"));
        }
    }
    if missing.is_empty() {
        match green_resources(late, cx) {
            Some(green) if is_off_green_now(cx) => return Calm::Yes(green),
            Some(_) => {
                mark!(LookedOnceMore);
                missing.push("a reading of the split just before green is stopped".to_owned());
            }
            None => missing.push("a reading of green's resources".to_owned()),
        }
    }
    let missing = missing.join("; ");
    let latest = cut_at.after(cx.state.late_effect_bound()).after(PATIENCE);
    if now >= latest {
        mark!(GreenKeptRunning);
        return Calm::Never(format!("waited {} for {missing}", duration::format(PATIENCE)));
    }
    cx.wake_at(latest);
    Calm::NotYet(missing)
}

/// Looks once more: since the last reading a late write may have landed, or another hand been there.
/// What it finds wrong is a drift.
fn is_off_green_now(cx: &mut Cx<'_>) -> bool {
    let late = cx.state.traffic.quiet_from(cx.state.late_effect_bound());
    let late = if cx.state.traffic.raised { late } else { Timestamp::ZERO };
    cx.split_now("remove").is_some()
        && cx.split_since(late).is_some_and(|split| !split.may_reach(Side::Green))
}

/// Notes that the requests show the cut, if they do and it was not noted before.
fn seen_on_blue(cx: &mut Cx<'_>) -> bool {
    let split = Split::ALL_BLUE;
    let known = cx.state.traffic.observed.is_some_and(|observed| observed.split() == split);
    let quiet = cx.plan().timing.quiet;
    let Some(says) = cx.seen.sampler.share.shows(split, quiet).filter(|_| !known) else {
        return false;
    };
    let (from, until, blue, green) = (says.from, says.until, says.blue, says.green);
    cx.fact(Fact::TrafficObserved { split, from, until, blue, green });
    true
}

const TWICE: Duration = Duration::from_secs(10);
/// How often the stopping of green is tried.
const TRIES: u32 = 3;

/// Removes green's resources; returns what is left over when that cannot be done.
fn stop_green(green: Vec<ResourceId>, cx: &mut Cx<'_>) -> Option<String> {
    if !cx.state.writes.is_empty() {
        cx.waits_for("green to be stopped");
        return None;
    }
    if let Some(failed) = cx.state.failed.get("remove")
        && (failed.is_final() || failed.times >= TRIES)
    {
        mark!(GreenNotStopped);
        return Some(format!("green: {}", failed.words()));
    }
    if green.is_empty() {
        return Some("green: nothing known to stop".to_owned());
    }
    cx.write(Write::Remove { side: Side::Green, resources: green });
    None
}

/// Exactly what this rollout created, by identity. Where nobody knows what came of a creation, also
/// what is read on the green side once nothing can land any more, if it runs nothing but our digest.
fn green_resources(late: Timestamp, cx: &mut Cx<'_>) -> Option<Vec<ResourceId>> {
    let mut known = cx.state.green.clone();
    if !cx.state.green_unsure {
        return Some(known);
    }
    mark!(GreenKnownByItsDigest);
    let poll = cx.plan().timing.poll;
    cx.poll_sides(poll);
    let sides = cx.seen.sides.since(late).and_then(|_| cx.seen.sides.fresh(cx.now.at, poll))?;
    if sides.green.digests.iter().all(|digest| *digest == cx.plan().green.digest) {
        let more =
            sides.green.resources.iter().filter(|resource| !cx.state.green.contains(resource));
        known.extend(more.cloned());
    }
    Some(known)
}

/// Tells of what is on the green side after the removal, as it may or may not be of this rollout.
fn strangers(sides: Option<&Sides>, cx: &mut Cx<'_>, leftovers: &mut Vec<String>) {
    let Some(sides) = sides else {
        let what = "green: whether anything of it is left could not be read";
        alarm::leftover(cx, what);
        leftovers.push(what.to_owned());
        return;
    };
    if sides.green.resources.is_empty() {
        return;
    }
    mark!(StrangersLeft);
    let named: Vec<_> = sides.green.resources.iter().map(ToString::to_string).collect();
    let named = named.join(", ");
    alarm::leftover(
        cx,
        &format!("green: {named}, of which nobody knows whether this rollout made it"),
    );
    leftovers.extend(sides.green.resources.iter().map(|resource| format!("green: {resource}")));
}

/// Checks the state, takes the pin back, tells people, and ends.
fn finish(phase: &RollingBack, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    if !cx.state.writes.is_empty() {
        cx.waits_for("the last writes");
        return;
    }
    if cx.may_land() {
        cx.waits_for("earlier writes to be certain not to land any more");
        return;
    }
    if cx.state.pinned && !cx.state.unpin_failed {
        cx.unpin();
        return;
    }
    // Where nobody knows what was made for green, what is left of it is seen only after its removal: what
    // was asked for in that very millisecond may be older.
    let stopped_at = phase.stopped_at.filter(|_| cx.state.green_unsure);
    let after = stopped_at.map(|at| at.after(Duration::from_millis(1)));
    let since = after.or(phase.cut_at).unwrap_or(phase.since);
    if cx.now.at < since {
        cx.wake_at(since);
        cx.waits_for("a look at what is left of green");
        return;
    }
    let sides = cx.sides_since(since).cloned();
    let latest = since.after(plan.rollback.budget + PATIENCE);
    if sides.is_none() && cx.now.at < latest {
        cx.wake_at(latest);
        cx.waits_for("the state of blue");
        return;
    }
    match sides.as_ref().map(|sides| sides.blue.healthy) {
        Some(0) => {
            mark!(BlueUnhealthyAfterwards);
            let what = "blue has no healthy target after the rollback";
            cx.issue(Severity::Critical, what, "paged");
            cx.page("blue-down-afterwards", what);
        }
        Some(_) => {}
        None => {
            let what = "the state of blue could not be read after the rollback";
            cx.issue(Severity::Major, what, "people were told");
            cx.notify(NoticeKind::Alert, Audience::Channel, "blue-unknown-afterwards", what);
        }
    }
    let mut leftovers = Vec::new();
    if phase.stopped_at.is_none() {
        let green = cx.state.green.iter();
        leftovers.extend(green.map(|resource| format!("green: {resource}")));
    } else if stopped_at.is_some() {
        strangers(sides.as_ref(), cx, &mut leftovers);
    }
    if cx.state.pinned {
        alarm::leftover(cx, "the pin on blue's capacity");
        leftovers.push("the pin on blue's capacity".to_owned());
    }
    let text = format!(
        "{} is back on blue: {}; the rollback took {}",
        plan.service,
        phase.reason.text,
        duration::format(cx.now.at.since(phase.since))
    );
    cx.notify(NoticeKind::Info, Audience::Channel, "rolled-back", text.clone());
    cx.notify(NoticeKind::Info, Audience::Team, "rolled-back", text);
    cx.go(Move::FinishRollback { leftovers });
}
