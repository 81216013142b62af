//! Final checks on production, then notices, then acknowledgements.

use std::collections::BTreeSet;

use super::checks::{self, Standing};
use super::vigil::{self, Pace};
use super::{alarm, safe_side};
use crate::fact::{HoldReason, Move, RollbackKind, Scope};
use crate::machine::cx::Cx;
use crate::machine::phases::Confirming;
use crate::plan::OtherwisePolicy;
use crate::provider::{Audience, CheckStage, NoticeKind};
use crate::value::{Severity, Timestamp};

pub(super) fn decide(phase: &Confirming, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let mut pace = Pace::new(Scope::Bake, &plan.bake.analysis);
    pace.minor = phase.minor;
    if let Some(found) = vigil::vigil(cx, pace) {
        alarm::answer(cx, found, phase.assessments);
        return;
    }
    if cx.decided() {
        return;
    }
    match checks::run(cx, CheckStage::Confirm, &plan.confirm.checks, true, RUNS) {
        Standing::Running => cx.waits_for("the final checks"),
        Standing::Failed(failed) => {
            let text = format!("final checks did not pass: {}", failed.join("; "));
            let (kind, severity) = (RollbackKind::ConfirmFailed, Severity::Major);
            safe_side::back(cx, kind, severity, text, None, None);
        }
        Standing::Passed => acknowledge(phase, cx),
    }
}

/// A final check that fails is run once more: a fault of the check is no fault of the release.
const RUNS: u32 = 2;

fn acknowledge(phase: &Confirming, cx: &mut Cx<'_>) {
    tell(cx);
    if cx.decided() {
        return;
    }
    let plan = cx.plan();
    let given: BTreeSet<_> = phase.acknowledged.keys().cloned().collect();
    let missing = Cx::missing(&plan.confirm.acknowledge, &given);
    if missing.is_empty() || phase.waived {
        cx.go(Move::Retain);
        return;
    }
    let missing = missing.join(", ");
    let policy = &plan.confirm.unacknowledged;
    let latest = asked_at(phase, cx).after(policy.within);
    if cx.now.at < latest {
        cx.wake_at(latest);
        cx.waits_for(format!("acknowledgement by {missing}"));
        return;
    }
    match policy.otherwise {
        OtherwisePolicy::Proceed => {
            let what = format!("not acknowledged by {missing}");
            cx.issue(Severity::Minor, what, "the rollout went on, as the plan says");
            cx.go(Move::Retain);
        }
        OtherwisePolicy::RollBack => {
            let text = format!("not acknowledged by {missing}");
            let (kind, severity) = (RollbackKind::ConfirmFailed, Severity::Major);
            safe_side::back(cx, kind, severity, text, None, None);
        }
        OtherwisePolicy::Stop => {
            mark!(Unacknowledged);
            cx.hold(HoldReason::Unacknowledged { missing }, policy);
        }
    }
}

/// People are asked when the last check has passed.
fn asked_at(phase: &Confirming, cx: &Cx<'_>) -> Timestamp {
    let ended = cx.state.checks.iter().filter(|((stage, _), _)| *stage == CheckStage::Confirm);
    ended.map(|(_, record)| record.at).fold(phase.since, Timestamp::max)
}

fn tell(cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let text = format!("{} runs {} for everybody; please acknowledge", plan.service, plan.green);
    cx.notify(NoticeKind::Info, Audience::Channel, "confirmed", text.clone());
    cx.notify(NoticeKind::Info, Audience::Team, "confirmed", text);
    if plan.confirm.notify_customers {
        let text = format!("a new version of {} is in service", plan.service);
        cx.notify(NoticeKind::Info, Audience::Customers, "confirmed", text);
    }
}
