//! S12: a check that did not pass lets nobody go on, and none passes that did not say so; nor does
//! whoever has to acknowledge and has not.
//!
//! Excused: an acknowledgement that the plan does not wait for any longer, or that somebody waived.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, HoldReason, Move, Write};
use greenflow_core::machine::{Action, Command, PhaseName};
use greenflow_core::plan::{OtherwisePolicy, PlanBody};
use greenflow_core::provider::{CheckOutcome, CheckStage};
use greenflow_core::value::{CheckName, Side, Timestamp};

use super::{Oracle, Story, ensure, passed};
use crate::world::Truth;

/// S12.
#[derive(Debug, Default)]
pub(super) struct S12 {
    /// How often each check has answered that it passed, less how often that was written down.
    answers: BTreeMap<CheckName, i64>,
}

impl Oracle for S12 {
    fn id(&self) -> &'static str {
        "S12"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if let Fact::CheckEnded(result) = &entry.fact
            && result.outcome == CheckOutcome::Passed
        {
            *self.answers.entry(result.check.clone()).or_default() -= 1;
        }
        let Some(plan) = story.plan() else { return Ok(()) };
        if matches!(entry.fact, Fact::Moved(Move::Retain)) {
            acknowledged(story, plan, entry.at)?;
        }
        let removes = matches!(
            &entry.fact,
            Fact::Intent { write: Write::Remove { side: Side::Blue, .. }, .. }
        );
        let (stage, checks) = match (&entry.fact, story.phase) {
            (Fact::Moved(Move::Provision), PhaseName::Preflight) => {
                (CheckStage::Preflight, &plan.preflight.checks)
            }
            (Fact::Moved(Move::AskApproval | Move::Shift { .. }), PhaseName::Verifying) => {
                (CheckStage::Verify, &plan.verify.suites)
            }
            (Fact::Moved(Move::Retain), PhaseName::Confirming) => {
                (CheckStage::Confirm, &plan.confirm.checks)
            }
            _ if removes => (CheckStage::Retire, &plan.retire.checks),
            _ => return Ok(()),
        };
        let open = checks.iter().find(|check| !passed(story, stage, &check.name));
        ensure(open.is_none(), || format!("went on though {open:?} did not pass"))
    }

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        for check in &truth.passed {
            *self.answers.entry(check.clone()).or_default() += 1;
        }
        let invented = self.answers.iter().find(|(_, answers)| **answers < 0);
        ensure(invented.is_none(), || format!("nobody heard that it passed: {invented:?}"))
    }
}

/// Everybody who was asked has acknowledged, or need not any more.
fn acknowledged(story: &Story, plan: &PlanBody, at: Timestamp) -> Result<(), String> {
    let asked = |fact: &Fact| matches!(fact, Fact::Moved(Move::Confirm));
    let (mut said, mut waived) = (BTreeSet::new(), false);
    for entry in story.since(asked) {
        match &entry.fact {
            Fact::Commanded(Command { who, action: Action::Acknowledge, .. }) => {
                said.extend(&who.role);
            }
            Fact::Moved(Move::Hold { reason: HoldReason::Unacknowledged { .. }, .. }) => {
                waived = true;
            }
            _ => {}
        }
    }
    let policy = &plan.confirm.unacknowledged;
    let since = story.newest(asked).map_or(Duration::ZERO, |entry| at.since(entry.at));
    let waived = waived || policy.otherwise == OtherwisePolicy::Proceed && since >= policy.within;
    let silent = plan.confirm.acknowledge.iter().find(|role| !said.contains(role));
    ensure(waived || silent.is_none(), || format!("went on though {silent:?} said nothing"))
}
