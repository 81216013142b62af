//! S12: a check that did not pass lets nobody go on.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::CheckStage;
use greenflow_core::value::Side;

use super::{Oracle, Story, ensure, passed};

/// S12.
#[derive(Debug, Default)]
pub(super) struct S12;

impl Oracle for S12 {
    fn id(&self) -> &'static str {
        "S12"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Some(plan) = story.plan() else { return Ok(()) };
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
}
