//! One thing that somebody says.

use std::time::Duration;

use greenflow_core::machine::{Action, ApprovalTarget, Command};
use greenflow_core::value::{RoleName, Who};

use super::Desk;
use crate::world::Trigger;

/// One thing that somebody says: when, who, what, why.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// When.
    pub when: Trigger,
    /// Who.
    pub who: String,
    /// In which role.
    pub role: Option<RoleName>,
    /// What.
    pub says: Says,
    /// Why.
    pub why: String,
}

/// What somebody says.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "it follows what a rollout can be told")]
pub enum Says {
    /// Confirms a checklist item.
    Confirm {
        /// Which.
        item: String,
    },
    /// Approves the rollout's cut-over.
    Approve,
    /// Approves another step than the one that is asked about (F59).
    ApproveAnother,
    /// Refuses the cut-over.
    Reject,
    /// Acknowledges the finished cut-over.
    Acknowledge,
    /// Stops going on.
    Pause,
    /// Goes on.
    Resume,
    /// Skips the rest of a hold.
    Promote,
    /// Skips every hold that is left.
    PromoteFull,
    /// Gives the rollout up.
    Abort,
    /// Goes back to blue.
    Rollback,
    /// Keeps blue longer.
    ExtendRetention {
        /// By how much.
        by: Duration,
    },
    /// Removes blue now.
    RetireNow,
}

impl Entry {
    /// Makes somebody say something.
    #[must_use]
    pub fn new(when: Trigger, who: impl Into<String>, says: Says) -> Self {
        Self { when, who: who.into(), role: None, says, why: "by the script".to_owned() }
    }

    /// Says in which role they speak.
    #[must_use]
    pub fn in_role(mut self, role: RoleName) -> Self {
        self.role = Some(role);
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Makes the command that the rollout is told.
    pub(crate) fn command(&self, desk: &dyn Desk) -> Command {
        let who = Who { name: self.who.clone(), role: self.role.clone() };
        Command::new(who, self.why.clone(), self.says.action(desk))
    }
}

impl Says {
    fn action(&self, desk: &dyn Desk) -> Action {
        let of = |step| ApprovalTarget {
            rollout: desk.rollout(),
            plan: desk.plan_hash(),
            step,
            digest: desk.digest(),
        };
        match self {
            Self::Confirm { item } => Action::Confirm { item: item.clone() },
            Self::Approve => Action::Approve { of: of(0) },
            Self::ApproveAnother => Action::Approve { of: of(u32::MAX) },
            Self::Reject => Action::Reject,
            Self::Acknowledge => Action::Acknowledge,
            Self::Pause => Action::Pause,
            Self::Resume => Action::Resume,
            Self::Promote => Action::Promote,
            Self::PromoteFull => Action::PromoteFull,
            Self::Abort => Action::Abort,
            Self::Rollback => Action::Rollback,
            Self::ExtendRetention { by } => Action::ExtendRetention { by: *by },
            Self::RetireNow => Action::RetireNow { superseded_by: None },
        }
    }
}
