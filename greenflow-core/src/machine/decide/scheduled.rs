//! Waiting for the time to start, while checklists are confirmed.

use crate::fact::{Move, RefusalReason};
use crate::machine::cx::Cx;
use crate::plan::{Checklist, ChecklistItem, ConfirmedBy};
use crate::provider::{Audience, CheckOutcome, CheckStage, NoticeKind};
use crate::value::{CheckName, Severity, Timestamp, duration};

use super::checks;

pub(super) fn decide(cx: &mut Cx<'_>) {
    if refuse_open_items(cx) {
        return;
    }
    let start = cx.plan().preflight.not_before;
    if !cx.may_begin(start) {
        cx.waits_for("the time to start");
        return;
    }
    if too_late(cx) {
        return;
    }
    let text = format!("the rollout of {} begins", cx.plan().service);
    cx.notify(NoticeKind::Info, Audience::Channel, "begun", text);
    cx.go(Move::Preflight);
}

/// A start too long past its time is refused, unless the person who started it said so.
fn too_late(cx: &mut Cx<'_>) -> bool {
    let plan = cx.plan();
    let Some(start) = plan.preflight.not_before else { return false };
    let late = cx.now.wall.since(start);
    if cx.state.started().options.start_now || late <= plan.start.grace {
        return false;
    }
    let problem = format!(
        "the start is {} past its time, and at most {} is accepted; say start_now to start anyway",
        duration::format(late),
        duration::format(plan.start.grace)
    );
    refuse(cx, vec![problem]);
    true
}

/// Ends before anything was touched.
pub(super) fn refuse(cx: &mut Cx<'_>, problems: Vec<String>) {
    let text = format!("refused before anything was touched: {}", problems.join("; "));
    cx.notify(NoticeKind::Alert, Audience::Channel, "refused", text);
    for problem in &problems {
        cx.issue(Severity::Major, problem.clone(), "the rollout was refused");
    }
    cx.go(Move::Refuse(RefusalReason { problems, who: None }));
}

/// Refuses the rollout when an item is open although its list is due. Returns whether it did, or
/// whether an automatic check has yet to say.
pub(super) fn refuse_open_items(cx: &mut Cx<'_>) -> bool {
    let mut open = Vec::new();
    let mut running = false;
    for list in &cx.plan().checklists {
        let Some(due) = list.due else { continue };
        if cx.now.wall < due {
            cx.wake_wall(due);
            continue;
        }
        open.extend(open_items(cx, list, &mut running));
    }
    if open.is_empty() {
        if running {
            cx.waits_for("automatic checklist items");
        }
        return running;
    }
    refuse(cx, open);
    true
}

/// Lists the items of a list that nobody has confirmed; asks for those that a check confirms.
pub(super) fn open_items(cx: &mut Cx<'_>, list: &Checklist, running: &mut bool) -> Vec<String> {
    let mut open = Vec::new();
    for item in &list.items {
        let problem = match &item.confirmed_by {
            ConfirmedBy::Role(role) => (!cx.state.confirmed.contains_key(&item.item))
                .then(|| format!("\"{}\" was not confirmed by {role}", item.item)),
            ConfirmedBy::Check(check) => check_item(cx, item, check, running),
        };
        if let Some(problem) = problem {
            open.push(format!("checklist {}: {problem}", list.name));
        }
    }
    open
}

/// How long an automatic checklist item may take.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(300);

fn check_item(
    cx: &mut Cx<'_>,
    item: &ChecklistItem,
    check: &CheckName,
    running: &mut bool,
) -> Option<String> {
    let stage = CheckStage::Checklist;
    match cx.state.checks.get(&(stage, check.clone())) {
        Some(record) if record.outcome == CheckOutcome::Passed => None,
        Some(record) => {
            Some(format!("\"{}\": check {check} did not pass: {}", item.item, record.detail))
        }
        None => {
            checks::ask(cx, stage, check, DEADLINE, Timestamp::ZERO);
            *running = true;
            None
        }
    }
}

/// Returns whether a person may confirm this item, and why not.
pub(in crate::machine) fn may_confirm(
    lists: &[Checklist],
    text: &str,
    role: Option<&crate::value::RoleName>,
) -> Result<(), String> {
    let item = lists.iter().flat_map(|list| &list.items).find(|item| item.item == text);
    match item.map(|item| &item.confirmed_by) {
        None => Err(format!("the plan has no checklist item \"{text}\"")),
        Some(ConfirmedBy::Check(check)) => {
            Err(format!("\"{text}\" is confirmed by the check {check}, not by a person"))
        }
        Some(ConfirmedBy::Role(needed)) if role == Some(needed) => Ok(()),
        Some(ConfirmedBy::Role(needed)) => Err(format!("\"{text}\" is for {needed} to confirm")),
    }
}
