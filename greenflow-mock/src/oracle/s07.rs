//! S07: green comes up only with every checklist confirmed; traffic goes to it only after every suite
//! has passed and enough people have agreed, and not before its time.
//!
//! Excused: nothing.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact, Move, StartOptions, Write};
use greenflow_core::machine::{Action, Command, PhaseName};
use greenflow_core::plan::{ChecklistItem, ConfirmedBy, PlanBody};
use greenflow_core::provider::CheckStage;
use greenflow_core::value::WallTime;

use super::{Oracle, Story, ensure, passed};

/// S07.
#[derive(Debug, Default)]
pub(super) struct S07;

impl Oracle for S07 {
    fn id(&self) -> &'static str {
        "S07"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if let Fact::Moved(to) = &entry.fact {
            return begins(story, to, entry.wall);
        }
        let Fact::Intent { write: Write::Raise { split }, .. } = &entry.fact else {
            return Ok(());
        };
        ensure(story.phase == PhaseName::Shifting, || format!("{split} sent in {}", story.phase))?;
        let Some(plan) = story.plan() else { return Err("raised before the start".to_owned()) };
        for suite in &plan.verify.suites {
            let ok = passed(story, CheckStage::Verify, &suite.name);
            ensure(ok, || format!("{split} sent though suite {} did not pass", suite.name))?;
        }
        let (given, needed) = agreed(story, plan);
        ensure(given >= needed, || format!("{split} sent with {given} of {needed} approvals"))
    }
}

/// Green comes up with nothing open; its traffic begins in its time.
fn begins(story: &Story, to: &Move, now: WallTime) -> Result<(), String> {
    let Some(started) = story.started() else { return Ok(()) };
    let (plan, options) = (&started.plan, &started.options);
    match to {
        Move::Provision => {
            let mut items = plan.checklists.iter().flat_map(|list| &list.items);
            let open = items.find(|item| !is_confirmed(story, options, item));
            ensure(open.is_none(), || format!("green comes up though {open:?} is open"))
        }
        Move::Shift { step: 0 } => {
            let time = plan.shift.not_before.filter(|_| !options.start_now);
            ensure(time.is_none_or(|time| now >= time), || {
                format!("traffic begins to move at {now:?}, before {time:?}")
            })
        }
        _ => Ok(()),
    }
}

/// Returns whether who or what has to confirm an item has done so.
fn is_confirmed(story: &Story, options: &StartOptions, item: &ChecklistItem) -> bool {
    let role = match &item.confirmed_by {
        ConfirmedBy::Check(check) => return passed(story, CheckStage::Checklist, check),
        ConfirmedBy::Role(role) => role,
    };
    let before = options.confirmations.iter().any(|said| said.item == item.item);
    before
        || story.facts().any(|fact| {
            let Fact::Commanded(Command { who, action, .. }) = fact else { return false };
            let same = matches!(action, Action::Confirm { item: said } if *said == item.item);
            same && who.role.as_ref() == Some(role)
        })
}

/// Returns how many people agreed since they were asked, and how many had to.
fn agreed(story: &Story, plan: &PlanBody) -> (usize, usize) {
    let Some(approval) = &plan.approval else { return (0, 0) };
    let asked = |fact: &Fact| matches!(fact, Fact::Moved(Move::AskApproval));
    let roles: BTreeSet<_> = story
        .since(asked)
        .filter_map(|entry| {
            let Fact::Commanded(command) = &entry.fact else { return None };
            let Action::Approve { .. } = &command.action else { return None };
            command.who.role.clone().filter(|role| approval.roles.contains(role))
        })
        .collect();
    (roles.len(), usize::try_from(approval.quorum).unwrap_or(usize::MAX))
}
