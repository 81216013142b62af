//! The way back: the cut first, read back; then, in calm, the rest.

use std::time::Duration;

use super::calm::{Calm, calm};
use super::finishing::finish;
use super::removal::{self, Again};
use super::{alarm, safe_side};
use crate::fact::{Fact, Move, Scope, StuckReason, Write};
use crate::machine::cx::Cx;
use crate::machine::phases::RollingBack;
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
    if let Some(id) = cx.state.pending("remove")
        && safe_side::blue_is_down(cx)
    {
        // It may have waited for minutes to be sent, and green is all there is.
        mark!(GreenIsAllThereIs);
        cx.stop(id);
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

/// How many cuts one push may take: another hand that keeps undoing them, or a blue that goes down
/// again and again, is for people to stop.
const MOST_CUTS: u32 = 20;

fn blocked(phase: &RollingBack, cx: &mut Cx<'_>, no_blue: bool) {
    let budget = cx.plan().rollback.budget;
    let (what, remedy) = if no_blue {
        ("the way back is blocked: blue has no healthy target", "bring blue up, then say resume")
    } else {
        (
            "no cut has held: each was undone, or stopped because blue was down",
            "see who rewrites the balancer, and whether blue stays up, then say resume",
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
        safe_side::wake_when_unread(cx);
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

/// How long a missing provider is waited for before green is left running.
pub(super) const PATIENCE: Duration = Duration::from_secs(3600);

/// Removes green's resources; returns what is left over when that cannot be done.
fn stop_green(green: Vec<ResourceId>, cx: &mut Cx<'_>) -> Option<String> {
    if !cx.state.writes.is_empty() {
        cx.waits_for("green to be stopped");
        return None;
    }
    match removal::again(cx) {
        Again::Now => {}
        Again::Later(failed) => {
            cx.waits_for(format!("green to be stopped: {failed}"));
            return None;
        }
        Again::Never(failed) => {
            mark!(GreenNotStopped);
            return Some(format!("green: {failed}"));
        }
    }
    if green.is_empty() {
        return Some("green: nothing known to stop".to_owned());
    }
    cx.write(Write::Remove { side: Side::Green, resources: green });
    None
}
