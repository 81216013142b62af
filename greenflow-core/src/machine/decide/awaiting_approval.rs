//! People are asked whether traffic may move.

use std::collections::BTreeSet;

use crate::fact::{HoldReason, Move, RollbackKind, RollbackReason};
use crate::machine::cx::Cx;
use crate::machine::phases::AwaitingApproval;
use crate::plan::{Approval, OtherwisePolicy, WaitPolicy};
use crate::provider::{Audience, NoticeKind};
use crate::value::{Severity, duration};

pub(super) fn decide(phase: &AwaitingApproval, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let Some(approval) = &plan.approval else {
        begin(cx);
        return;
    };
    ask(phase, approval, cx);
    if cx.decided() {
        return;
    }
    let given: BTreeSet<_> = phase.approved.keys().cloned().collect();
    if u32::try_from(given.len()).unwrap_or(u32::MAX) >= approval.quorum {
        begin(cx);
        return;
    }
    let expiry = phase.since.after(approval.expires_after);
    if cx.now.at < expiry {
        cx.wake_at(expiry);
        let missing = Cx::missing(&approval.roles, &given).join(", ");
        cx.waits_for(format!("approval by {missing}"));
        return;
    }
    expired(phase, approval, cx);
}

fn begin(cx: &mut Cx<'_>) {
    if cx.may_begin(cx.plan().shift.not_before) {
        let text = format!("traffic of {} begins to move to green", cx.plan().service);
        cx.notify(NoticeKind::Info, Audience::Channel, "shift-begun", text);
        cx.go(Move::Shift { step: 0 });
    } else {
        cx.waits_for("the time to shift traffic");
    }
}

fn ask(phase: &AwaitingApproval, approval: &Approval, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let occasion = format!("approval/{}", phase.since.as_millis());
    let text = format!(
        "is everyone ready for the cut-over of {} to {}? {} of {} must approve within {}",
        plan.service,
        plan.green,
        approval.quorum,
        approval.roles.len(),
        duration::format(approval.expires_after)
    );
    cx.notify(NoticeKind::Info, Audience::Team, &occasion, text);
}

fn expired(phase: &AwaitingApproval, approval: &Approval, cx: &mut Cx<'_>) {
    mark!(NotApproved);
    let within = duration::format(approval.expires_after);
    let text =
        format!("{} of {} approvals came within {within}", phase.approved.len(), approval.quorum);
    match approval.on_expiry {
        OtherwisePolicy::RollBack => cx.roll_back(RollbackReason {
            kind: RollbackKind::ApprovalExpired,
            text,
            severity: Severity::Major,
            breach_at: None,
            who: None,
        }),
        // Going on without approval is refused when the plan is built; stopping is the safe answer.
        OtherwisePolicy::Stop | OtherwisePolicy::Proceed => {
            let policy = WaitPolicy::new(approval.expires_after, OtherwisePolicy::RollBack);
            cx.hold(HoldReason::ApprovalExpired, &policy);
        }
    }
}
