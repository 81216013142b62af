//! Suites run against green on test traffic, one after another.

use super::checks::{self, Standing};
use crate::fact::{Move, RollbackKind, RollbackReason};
use crate::machine::cx::Cx;
use crate::provider::CheckStage;
use crate::value::Severity;

pub(super) fn decide(cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let begun = cx.state.checks.keys().any(|(stage, _)| *stage == CheckStage::Verify);
    if !begun && !cx.may_begin(plan.verify.not_before) {
        cx.waits_for("the time to verify green");
        return;
    }
    match checks::run(cx, CheckStage::Verify, &plan.verify.suites, false, 1) {
        Standing::Running => cx.waits_for("the suites"),
        Standing::Failed(failed) => cx.roll_back(RollbackReason {
            kind: RollbackKind::VerifyFailed,
            text: format!("green did not pass: {}", failed.join("; ")),
            severity: Severity::Major,
            breach_at: None,
            who: None,
        }),
        Standing::Passed => {
            let next = plan.approval.as_ref().map_or(plan.shift.not_before, |ask| ask.not_before);
            if cx.may_begin(next) {
                cx.go(Move::AskApproval);
            } else {
                cx.waits_for("the time to ask for approval");
            }
        }
    }
}
