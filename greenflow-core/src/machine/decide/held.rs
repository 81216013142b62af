//! Stopped for a while. Green is still watched: a breach goes back from here too.

use super::vigil::{self, Alarm, Pace};
use super::{safe_side, targets};
use crate::fact::{
    HoldReason, Move, RefusalReason, RollbackKind, RollbackReason, Scope, StuckReason,
};
use crate::machine::cx::Cx;
use crate::machine::phases::{Held, Interrupted};
use crate::machine::words;
use crate::plan::{Analysis, OtherwisePolicy};
use crate::value::{Severity, Side, Timestamp, Verdict};

pub(super) fn decide(phase: &Held, cx: &mut Cx<'_>) {
    cx.freeze();
    if phase.from.untouched() {
        if cx.now.at >= phase.until() {
            run_out(phase, cx);
        } else {
            cx.wake_at(phase.until());
            cx.waits_for(phase.terms.reason.to_string());
        }
        return;
    }
    if watch(phase, cx) || cx.decided() {
        return;
    }
    if ended_by_itself(phase, cx) {
        return;
    }
    if cx.now.at >= phase.until() {
        run_out(phase, cx);
        return;
    }
    cx.wake_at(phase.until());
    let owner = phase.terms.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
    cx.waits_for(format!("a person{owner}: {}", phase.terms.reason));
}

/// Watches green while it may have traffic. Returns whether the rollout goes back.
fn watch(phase: &Held, cx: &mut Cx<'_>) -> bool {
    if !cx.state.traffic.on_green() {
        let poll = cx.plan().timing.poll;
        cx.poll_split(poll);
        if cx.seen.drift_reads > 0 {
            // Whoever goes back from here must know whether there is a blue to go back to.
            cx.poll_sides(poll);
        }
        tell_of_another_hand(phase, cx);
        return false;
    }
    let (scope, analysis) = watched(cx, &phase.from);
    let mut pace = Pace::new(scope, analysis);
    pace.every = pace.every.min(cx.plan().faults.remeasure_within);
    pace.drift = false;
    let found = vigil::vigil(cx, pace);
    tell_of_another_hand(phase, cx);
    let judgement = cx.judgement(analysis);
    // People were asked about this very breach, or no side was fit: the deadline decides.
    let asked = match &phase.terms.reason {
        HoldReason::Undecided { .. } | HoldReason::NoSafeSide { .. } => true,
        HoldReason::Paused { .. }
        | HoldReason::Drift { .. }
        | HoldReason::Rescaled { .. }
        | HoldReason::Stalled { .. }
        | HoldReason::ApprovalExpired
        | HoldReason::Unacknowledged { .. } => false,
    };
    if asked {
        return false;
    }
    // Where another hand has left green without requests, nothing can be known of it, nor harm come of it.
    let poll = cx.plan().timing.poll;
    let idle = cx
        .seen
        .split
        .fresh(cx.now.at, poll * 3)
        .is_some_and(|split| cx.seen.drift_reads >= 2 && !split.may_reach(Side::Green));
    let (kind, text) = match found {
        Some(Alarm::Blind(_)) if idle => return false,
        Some(Alarm::GreenUnfit(text)) => (RollbackKind::GreenUnfit, text),
        Some(Alarm::Blind(text)) => (RollbackKind::Unknown, text),
        Some(Alarm::Bad(bad)) if matches!(bad.confirmed, Verdict::Breach(severity) if severity > Severity::Minor) => {
            (RollbackKind::Breach, words::findings(&bad.findings))
        }
        Some(Alarm::Bad(_) | Alarm::Drift(_)) | None => return false,
    };
    let now = Some(cx.now.at);
    let fit = safe_side::unfit(cx, judgement.as_deref()).is_none();
    if fit {
        mark!(BadWhileHeld);
        safe_side::back(cx, kind, Severity::Major, text, now, judgement.as_deref());
    }
    fit
}

/// The balancer shows, twice, what we did not set. The rollout is held already, and what another hand
/// has set is not overwritten in a hold: people are told, unless it is what they were asked about.
fn tell_of_another_hand(phase: &Held, cx: &mut Cx<'_>) {
    let is_known = matches!(phase.terms.reason, HoldReason::Drift { .. });
    if is_known || cx.seen.drift_reads < 2 || cx.state.pending("raise").is_some() {
        return;
    }
    let Some(seen) = cx.seen.split.fresh(cx.now.at, cx.plan().timing.poll * 3) else { return };
    mark!(DriftWhileHeld);
    let expected = cx.state.traffic.expected();
    let what = format!("while held, another hand changed the split: {seen}; {expected} was set");
    cx.issue(Severity::Major, what.clone(), "nothing was changed; paged");
    // Once in each hold.
    cx.page(&format!("drift-while-held/{}", phase.since.as_millis()), what);
}

/// A drift that was undone, and a blue that is fit again, need no person.
fn ended_by_itself(phase: &Held, cx: &mut Cx<'_>) -> bool {
    match &phase.terms.reason {
        HoldReason::Drift { .. } => {
            let as_set = cx.seen.split.since(phase.since).and_then(|split| split.agreed());
            let back = as_set == Some(cx.state.traffic.expected());
            if back {
                mark!(DriftUndone);
                cx.issue(
                    Severity::Minor,
                    "the balancer shows our split again",
                    "the rollout went on",
                );
                cx.go(Move::Resume);
            }
            back
        }
        HoldReason::Rescaled { .. } => {
            cx.poll_sides(cx.plan().timing.poll);
            let sides = cx.seen.sides.since(phase.since);
            let back = sides.is_some_and(|sides| {
                [Side::Blue, Side::Green].iter().all(|side| !targets::is_short(cx, sides, *side))
            });
            if back {
                let what = "both sides have the targets again that were set";
                cx.issue(Severity::Minor, what, "the rollout went on");
                cx.go(Move::Resume);
            }
            back
        }
        HoldReason::NoSafeSide { what, breach_at } => {
            let (_, analysis) = watched(cx, &phase.from);
            let judgement = cx.judgement(analysis);
            let sides = cx.seen.sides.since(phase.since);
            // Whoever took over has to measure first: what was found of blue went with the other one.
            let fit = sides.is_some_and(|sides| {
                let measured = cx.seen.sampler.taken.is_some() || sides.green.healthy == 0;
                sides.blue.healthy > 0 && measured
            }) && judgement.as_ref().is_some_and(|judgement| !judgement.blue_is_worse)
                && safe_side::unfit(cx, judgement.as_deref()).is_none();
            if fit {
                mark!(BlueFitAgain);
                let text = format!("blue is fit again; {what}");
                let (kind, severity) = (RollbackKind::Breach, Severity::Major);
                safe_side::back(cx, kind, severity, text, *breach_at, judgement.as_deref());
            }
            fit
        }
        HoldReason::Paused { .. }
        | HoldReason::Undecided { .. }
        | HoldReason::Stalled { .. }
        | HoldReason::ApprovalExpired
        | HoldReason::Unacknowledged { .. } => false,
    }
}

/// Nobody answered in time: what the plan says happens.
fn run_out(phase: &Held, cx: &mut Cx<'_>) {
    mark!(HeldInVain);
    let reason = phase.terms.reason.to_string();
    if phase.from.untouched() {
        let problems = vec![format!("nobody answered in time: {reason}")];
        cx.go(Move::Refuse(RefusalReason { problems, who: None }));
        return;
    }
    match phase.terms.otherwise {
        OtherwisePolicy::RollBack => {
            let severity = match phase.terms.reason {
                HoldReason::Undecided { .. } => Severity::Critical,
                HoldReason::Paused { .. }
                | HoldReason::Drift { .. }
                | HoldReason::Rescaled { .. }
                | HoldReason::Stalled { .. }
                | HoldReason::NoSafeSide { .. }
                | HoldReason::ApprovalExpired
                | HoldReason::Unacknowledged { .. } => Severity::Major,
            };
            cx.roll_back(RollbackReason {
                kind: RollbackKind::HoldExpired,
                text: format!("nobody answered in time: {reason}"),
                severity,
                breach_at: breach_at(&phase.terms.reason),
                who: None,
            });
        }
        OtherwisePolicy::Stop => {
            let text = format!("stuck: {reason}");
            cx.page(&format!("stuck/{}", cx.state.head), text);
            cx.go(Move::Stick(StuckReason {
                what: reason,
                remedy: "look at both sides, then say resume, or rollback to go back to blue"
                    .to_owned(),
            }));
        }
        OtherwisePolicy::Proceed => {
            cx.issue(Severity::Minor, reason, "nobody answered; the rollout went on");
            cx.go(Move::Resume);
        }
    }
}

fn breach_at(reason: &HoldReason) -> Option<Timestamp> {
    match reason {
        HoldReason::Undecided { breach_at, .. } | HoldReason::NoSafeSide { breach_at, .. } => {
            *breach_at
        }
        HoldReason::Paused { .. }
        | HoldReason::Drift { .. }
        | HoldReason::Rescaled { .. }
        | HoldReason::Stalled { .. }
        | HoldReason::ApprovalExpired
        | HoldReason::Unacknowledged { .. } => None,
    }
}

/// Returns how the phase that was interrupted is watched.
pub(super) fn watched<'a>(cx: &Cx<'a>, from: &Interrupted) -> (Scope, &'a Analysis) {
    let plan = cx.plan();
    match from {
        Interrupted::Baking(_) | Interrupted::Confirming(_) => (Scope::Bake, &plan.bake.analysis),
        Interrupted::Retaining(_) => (Scope::Watch, &plan.watch.analysis),
        Interrupted::Scheduled(_)
        | Interrupted::Preflight(_)
        | Interrupted::Provisioning(_)
        | Interrupted::Verifying(_)
        | Interrupted::AwaitingApproval(_)
        | Interrupted::Shifting(_) => (Scope::Shift, &plan.shift.analysis),
    }
}
