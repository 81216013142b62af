//! S07: traffic goes to green only after every suite has passed and enough people have agreed.
//!
//! Excused: nothing.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Action, PhaseName};
use greenflow_core::plan::PlanBody;
use greenflow_core::provider::CheckStage;

use super::{Oracle, Story, ensure, passed};

/// S07.
#[derive(Debug, Default)]
pub(super) struct S07;

impl Oracle for S07 {
    fn id(&self) -> &'static str {
        "S07"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
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
