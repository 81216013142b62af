//! S36: an approval counts once, in time, from a role that was asked, for exactly what was asked.
//!
//! Excused: nothing.

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::machine::{Action, ApprovalTarget, PhaseName};
use greenflow_core::value::{RoleName, Timestamp};

use super::{Oracle, Story, ensure};

/// S36.
#[derive(Debug, Default)]
pub(super) struct S36 {
    /// When people were asked; anew after a hold.
    asked: Option<Timestamp>,
    /// Who has agreed since.
    agreed: BTreeSet<RoleName>,
}

impl Oracle for S36 {
    fn id(&self) -> &'static str {
        "S36"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Moved(Move::AskApproval) => {
                self.asked = Some(entry.at);
                self.agreed.clear();
                Ok(())
            }
            Fact::Moved(Move::Resume) if story.interrupted == Some(PhaseName::AwaitingApproval) => {
                self.asked = Some(entry.at);
                Ok(())
            }
            Fact::Commanded(command) => {
                let Action::Approve { of } = &command.action else { return Ok(()) };
                self.approved(story, of, command.who.role.as_ref(), entry.at)
            }
            _ => Ok(()),
        }
    }
}

impl S36 {
    fn approved(
        &mut self,
        story: &Story,
        of: &ApprovalTarget,
        role: Option<&RoleName>,
        at: Timestamp,
    ) -> Result<(), String> {
        let (Some(started), Some(asked)) = (story.started(), self.asked) else {
            return Err("approved before anybody was asked".to_owned());
        };
        let Some(approval) = &started.plan.approval else {
            return Err("approved, and the plan asks nobody".to_owned());
        };
        let same = of.rollout == started.rollout
            && of.plan == started.plan_hash
            && of.digest == started.plan.green.digest
            && of.step == 0;
        ensure(same, || format!("{of:?} was approved instead"))?;
        let role = role.filter(|role| approval.roles.contains(role));
        let Some(role) = role else { return Err("approved by nobody who was asked".to_owned()) };
        ensure(self.agreed.insert(role.clone()), || format!("{role} approved twice"))?;
        let after = at.since(asked);
        ensure(after <= approval.expires_after, || format!("approved {after:?} after the question"))
    }
}
