//! What a command may do in each phase. Pure: a refusal changes nothing.

use super::cx::Cx;
use super::decide::scheduled;
use super::phases::{Assessing, Held, Interrupted, Phase, ShiftStage, StuckFrom};
use super::{Action, Command, Handled, InputError, PhaseName};
use crate::fact::{Fact, HoldReason, Move, RefusalReason, RollbackKind, RollbackReason};
use crate::provider::{Audience, NoticeKind};
use crate::value::{Severity, duration};

/// Decides on a command: the facts that follow go into `cx`.
pub(super) fn admit(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    let phase = cx.state.phase().name();
    let reject = |reason: &str| Err(InputError::rejected(command.action.name(), phase, reason));
    if phase.is_terminal() {
        return reject("the rollout has ended");
    }
    let shortened = too_long(command).then(|| shortened(command));
    // Nobody who wants to go back is sent away to find fewer words.
    if shortened.is_some() && !matches!(command.action, Action::Abort | Action::Rollback) {
        return reject("names and reasons have at most 500 bytes");
    }
    let command = shortened.as_ref().unwrap_or(command);
    match &command.action {
        Action::Confirm { item } => confirm(cx, command, item),
        Action::Approve { .. } | Action::Reject => approve(cx, command),
        Action::Acknowledge => acknowledge(cx, command),
        Action::Pause => pause(cx, command),
        Action::Resume => resume(cx, command),
        Action::Promote => promote(cx, command),
        Action::PromoteFull => promote_full(cx, command),
        Action::Abort | Action::Rollback => back(cx, command),
        // The journal could not be read again.
        Action::ExtendRetention { by } if !duration::is_exact(*by) => {
            reject("blue is kept longer by whole milliseconds, at most by 10 years at a time")
        }
        Action::ExtendRetention { .. } | Action::RetireNow { .. } => match cx.state.phase() {
            Phase::Retaining(_) => Ok(accept(cx, command)),
            Phase::Scheduled(_)
            | Phase::Preflight(_)
            | Phase::Provisioning(_)
            | Phase::Verifying(_)
            | Phase::AwaitingApproval(_)
            | Phase::Shifting(_)
            | Phase::Baking(_)
            | Phase::Confirming(_)
            | Phase::Retiring(_)
            | Phase::Watching(_)
            | Phase::Assessing(_)
            | Phase::Held(_)
            | Phase::RollingBack(_)
            | Phase::Stuck(_)
            | Phase::Completed(_)
            | Phase::RolledBack(_)
            | Phase::Refused(_) => reject("blue's retention is changed while blue is retained"),
        },
    }
}

fn too_long(command: &Command) -> bool {
    command.why.len() > LONGEST || command.who.name.len() > LONGEST
}

fn shortened(command: &Command) -> Command {
    let short = |text: &str| text[..text.floor_char_boundary(LONGEST)].to_owned();
    let mut command = command.clone();
    (command.why, command.who.name) = (short(&command.why), short(&command.who.name));
    command
}

/// The longest name or reason, in bytes.
const LONGEST: usize = 500;

fn accept(cx: &mut Cx<'_>, command: &Command) -> Handled {
    cx.fact(Fact::Commanded(command.clone()));
    Handled::Accepted
}

fn refuse(cx: &Cx<'_>, command: &Command, reason: impl Into<String>) -> InputError {
    InputError::rejected(command.action.name(), cx.state.phase().name(), reason)
}

fn confirm(cx: &mut Cx<'_>, command: &Command, item: &str) -> Result<Handled, InputError> {
    if !matches!(cx.state.phase(), Phase::Scheduled(_) | Phase::Preflight(_)) {
        return Err(refuse(cx, command, "the checklists are closed"));
    }
    let role = command.who.role.as_ref();
    scheduled::may_confirm(&cx.plan().checklists, item, role)
        .map_err(|reason| refuse(cx, command, reason))?;
    if cx.state.confirmed.contains_key(item) {
        return Ok(Handled::Ignored);
    }
    Ok(accept(cx, command))
}

/// An approval counts once, for exactly what was asked, from a role that was asked.
fn approve(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    let Phase::AwaitingApproval(phase) = cx.state.phase() else {
        return Err(refuse(cx, command, "nobody is asked for approval"));
    };
    let Some(approval) = &cx.plan().approval else {
        return Err(refuse(cx, command, "the plan asks for no approval"));
    };
    let Some(role) = command.who.role.clone().filter(|role| approval.roles.contains(role)) else {
        let roles: Vec<_> = approval.roles.iter().map(ToString::to_string).collect();
        let reason = format!("only these roles are asked: {}", roles.join(", "));
        return Err(refuse(cx, command, reason));
    };
    if cx.now.at >= phase.since.after(approval.expires_after) {
        return Err(refuse(cx, command, "the question has expired"));
    }
    if let Action::Approve { of } = &command.action {
        if Some(of) != cx.state.approval_target().as_ref() {
            return Err(refuse(cx, command, "it approves something else than what is asked"));
        }
        if phase.approved.contains_key(&role) {
            return Ok(Handled::Ignored);
        }
        return Ok(accept(cx, command));
    }
    let handled = accept(cx, command);
    let reason = RollbackReason {
        kind: RollbackKind::ApprovalRejected,
        text: format!("{} refused the cut-over: {}", command.who, command.why),
        severity: Severity::Major,
        breach_at: None,
        who: Some(command.who.clone()),
    };
    cx.roll_back(reason);
    Ok(handled)
}

fn acknowledge(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    let Phase::Confirming(phase) = cx.state.phase() else {
        return Err(refuse(cx, command, "there is nothing to acknowledge"));
    };
    let asked = &cx.plan().confirm.acknowledge;
    match command.who.role.as_ref().filter(|role| asked.contains(role)) {
        None => Err(refuse(cx, command, "this role is not asked to acknowledge")),
        Some(role) if phase.acknowledged.contains_key(role) => Ok(Handled::Ignored),
        Some(_) => Ok(accept(cx, command)),
    }
}

fn pause(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    match cx.state.phase() {
        Phase::Held(phase) if matches!(phase.terms.reason, HoldReason::Paused { .. }) => {
            Ok(Handled::Ignored)
        }
        Phase::Retiring(_)
        | Phase::Watching(_)
        | Phase::RollingBack(_)
        | Phase::Stuck(_)
        | Phase::Completed(_)
        | Phase::RolledBack(_)
        | Phase::Refused(_) => Err(refuse(cx, command, "nothing goes on here that could pause")),
        Phase::Retaining(_)
        | Phase::Assessing(Assessing { from: Interrupted::Retaining(_), .. })
        | Phase::Held(Held { from: Interrupted::Retaining(_), .. }) => {
            Err(refuse(cx, command, "say extend_retention to keep blue longer"))
        }
        Phase::Scheduled(_)
        | Phase::Preflight(_)
        | Phase::Provisioning(_)
        | Phase::Verifying(_)
        | Phase::AwaitingApproval(_)
        | Phase::Shifting(_)
        | Phase::Baking(_)
        | Phase::Confirming(_)
        | Phase::Assessing(_)
        // What ended by itself, or had a deadline of its own, is a person's from now on.
        | Phase::Held(_) => {
            let handled = accept(cx, command);
            let reason = HoldReason::Paused { who: command.who.clone(), why: command.why.clone() };
            let policy = cx.plan().faults.pause.clone();
            cx.hold(reason, &policy);
            Ok(handled)
        }
    }
}

fn resume(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    if !matches!(cx.state.phase(), Phase::Held(_) | Phase::Stuck(_)) {
        return Err(refuse(cx, command, "the rollout is not held"));
    }
    let handled = accept(cx, command);
    cx.go(Move::Resume);
    Ok(handled)
}

fn promote(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    let holding = match cx.state.phase() {
        Phase::Shifting(phase) => matches!(phase.stage, ShiftStage::Holding { .. }),
        Phase::Baking(_) => true,
        Phase::Scheduled(_)
        | Phase::Preflight(_)
        | Phase::Provisioning(_)
        | Phase::Verifying(_)
        | Phase::AwaitingApproval(_)
        | Phase::Confirming(_)
        | Phase::Retaining(_)
        | Phase::Retiring(_)
        | Phase::Watching(_)
        | Phase::Assessing(_)
        | Phase::Held(_)
        | Phase::RollingBack(_)
        | Phase::Stuck(_)
        | Phase::Completed(_)
        | Phase::RolledBack(_)
        | Phase::Refused(_) => false,
    };
    if holding {
        Ok(accept(cx, command))
    } else {
        Err(refuse(cx, command, "no hold is running that could be skipped"))
    }
}

fn promote_full(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    match cx.state.phase() {
        Phase::Shifting(_) | Phase::Baking(_) => Ok(accept(cx, command)),
        Phase::Scheduled(_)
        | Phase::Preflight(_)
        | Phase::Provisioning(_)
        | Phase::Verifying(_)
        | Phase::AwaitingApproval(_)
        | Phase::Confirming(_)
        | Phase::Retaining(_)
        | Phase::Retiring(_)
        | Phase::Watching(_)
        | Phase::Assessing(_)
        | Phase::Held(_)
        | Phase::RollingBack(_)
        | Phase::Stuck(_)
        | Phase::Completed(_)
        | Phase::RolledBack(_)
        | Phase::Refused(_) => Err(refuse(cx, command, "traffic is not moving to green")),
    }
}

/// Abort and rollback: refused where nothing was touched, back to blue where something was, and
/// too late once blue's removal is decided.
fn back(cx: &mut Cx<'_>, command: &Command) -> Result<Handled, InputError> {
    let untouched = match cx.state.phase() {
        Phase::Scheduled(_) | Phase::Preflight(_) => true,
        Phase::Held(phase) => phase.from.untouched(),
        Phase::RollingBack(_) => return Ok(Handled::Ignored),
        Phase::Stuck(phase) => match &phase.from {
            StuckFrom::Held(held) => held.from.untouched(),
            StuckFrom::RollingBack(_) => false,
        },
        Phase::Retiring(phase) => {
            // It cannot be granted, but what is not removed yet stays.
            if !phase.frozen {
                cx.fact(Fact::Commanded(command.clone()));
            }
            return Ok(Handled::NoLongerPossible);
        }
        Phase::Watching(_) => {
            return Err(InputError::NoLongerPossible { phase: PhaseName::Watching });
        }
        Phase::Provisioning(_)
        | Phase::Verifying(_)
        | Phase::AwaitingApproval(_)
        | Phase::Shifting(_)
        | Phase::Baking(_)
        | Phase::Confirming(_)
        | Phase::Retaining(_)
        | Phase::Assessing(_)
        | Phase::Completed(_)
        | Phase::RolledBack(_)
        | Phase::Refused(_) => false,
    };
    let action = command.action.name();
    let text = format!("{action} by {}: {}", command.who, command.why);
    if untouched {
        if matches!(command.action, Action::Rollback) {
            return Err(refuse(cx, command, "nothing was touched yet; say abort to give it up"));
        }
        let handled = accept(cx, command);
        cx.notify(NoticeKind::Alert, Audience::Channel, "refused", text.clone());
        let who = Some(command.who.clone());
        cx.go(Move::Refuse(RefusalReason { problems: vec![text], who }));
        return Ok(handled);
    }
    let handled = accept(cx, command);
    cx.roll_back(RollbackReason {
        kind: RollbackKind::Operator,
        text,
        severity: Severity::Major,
        breach_at: None,
        who: Some(command.who.clone()),
    });
    Ok(handled)
}
