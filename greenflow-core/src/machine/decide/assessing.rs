//! Triage of a bad sample: measure again at once, and know within the plan's time.

use super::safe_side;
use super::vigil::{self, Alarm, Pace};
use super::{alarm, held};
use crate::fact::{HoldReason, Move, RollbackKind};
use crate::judge::Judgement;
use crate::machine::cx::Cx;
use crate::machine::phases::Assessing;
use crate::machine::words;
use crate::plan::CriticalPolicy;
use crate::value::{Severity, Verdict, duration};

pub(super) fn decide(phase: &Assessing, cx: &mut Cx<'_>) {
    cx.freeze();
    let plan = cx.plan();
    let (scope, analysis) = held::watched(cx, &phase.from);
    let mut pace = Pace::new(scope, analysis);
    pace.every = pace.every.min(plan.faults.remeasure_within);
    let found = vigil::vigil(cx, pace);
    if cx.decided() {
        return;
    }
    match found {
        Some(Alarm::Bad(judgement)) => bad(phase, cx, &judgement),
        Some(other @ (Alarm::Drift(_) | Alarm::GreenUnfit(_) | Alarm::Blind(_))) => {
            alarm::answer(cx, other, 0);
        }
        None => {
            let judgement = cx.judgement(analysis);
            if judgement.is_some_and(|judgement| judgement.last == Verdict::Healthy) {
                mark!(Cleared);
                cx.issue(
                    Severity::Minor,
                    format!("one bad sample: {}", words::findings(&phase.findings)),
                    "measured again, and found healthy",
                );
                cx.go(Move::Clear { minor: false });
                return;
            }
            overdue(phase, cx);
        }
    }
}

fn bad(phase: &Assessing, cx: &mut Cx<'_>, judgement: &Judgement) {
    let text = words::findings(&judgement.findings);
    match judgement.confirmed {
        // Beside a minor breach that is certain a worse one may have been seen once.
        Verdict::Breach(Severity::Minor) if judgement.last != judgement.confirmed => {
            overdue(phase, cx);
        }
        Verdict::Breach(Severity::Minor) => {
            cx.issue(Severity::Minor, text, "kept watching; no further step while it lasts");
            cx.go(Move::Clear { minor: true });
        }
        Verdict::Breach(severity @ Severity::Major) => {
            let since = Some(phase.since);
            safe_side::back(cx, RollbackKind::Breach, severity, text, since, Some(judgement));
        }
        Verdict::Breach(Severity::Critical) => critical(phase, cx, text, judgement),
        Verdict::Healthy | Verdict::Unknown => overdue(phase, cx),
    }
}

/// Page and freeze; then cut at once or let people decide, as the plan says.
fn critical(phase: &Assessing, cx: &mut Cx<'_>, text: String, judgement: &Judgement) {
    match &cx.plan().faults.critical {
        CriticalPolicy::Cut => {
            let (kind, since) = (RollbackKind::Breach, Some(phase.since));
            safe_side::back(cx, kind, Severity::Critical, text, since, Some(judgement));
        }
        CriticalPolicy::Decide(policy) => {
            mark!(Undecided);
            let reason = HoldReason::Undecided { what: text, breach_at: Some(phase.since) };
            cx.hold(reason, policy);
        }
    }
}

/// No verdict in time is a major breach.
fn overdue(phase: &Assessing, cx: &mut Cx<'_>) {
    let allowed = cx.plan().faults.assess_within;
    let latest = phase.since.after(allowed);
    if cx.now.at < latest {
        cx.wake_at(latest);
        cx.waits_for("the next sample, to assess a bad one");
        return;
    }
    mark!(NoVerdictInTime);
    let text = format!(
        "no verdict within {} after {}",
        duration::format(allowed),
        words::findings(&phase.findings)
    );
    let since = Some(phase.since);
    safe_side::back(cx, RollbackKind::Breach, Severity::Major, text, since, None);
}
