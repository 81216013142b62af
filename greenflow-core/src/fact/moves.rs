//! The edges of the machine.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Finding, HoldReason, RefusalReason, RollbackReason, StuckReason};
use crate::machine::PhaseName;
use crate::plan::OtherwisePolicy;
use crate::value::{RoleName, duration};

/// The decision to go to another phase. Which of them a phase knows is a matter of its type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the fold answers each")]
pub enum Move {
    /// Begin the checks.
    Preflight,
    /// Bring green up.
    Provision,
    /// Run the suites.
    Verify,
    /// Ask people.
    AskApproval,
    /// Take the first step, or the next.
    Shift {
        /// Which, from 0.
        step: u32,
    },
    /// Watch green closely at full traffic.
    Bake,
    /// Make the final checks.
    Confirm,
    /// Keep blue.
    Retain,
    /// Decide to destroy blue: the point of no return.
    Retire,
    /// Begin the long watch.
    Watch,
    /// End on green.
    Complete {
        /// What could not be cleaned up.
        leftovers: Vec<String>,
    },
    /// Look again at a bad sample.
    Assess {
        /// What was bad.
        findings: Vec<Finding>,
    },
    /// The assessment is over; go on where it began.
    Clear {
        /// Whether a minor breach stands.
        minor: bool,
    },
    /// Stop for a while.
    Hold {
        /// Why.
        reason: HoldReason,
        /// Whose turn it is.
        owner: Option<RoleName>,
        /// For how long.
        #[serde(with = "duration")]
        within: Duration,
        /// What happens then.
        otherwise: OtherwisePolicy,
    },
    /// Go on after a hold.
    Resume,
    /// Go back to blue.
    RollBack(RollbackReason),
    /// End on blue.
    FinishRollback {
        /// What could not be cleaned up.
        leftovers: Vec<String>,
    },
    /// End before anything was touched.
    Refuse(RefusalReason),
    /// Stop until a person acts.
    Stick(StuckReason),
}

impl Move {
    /// Returns the name, for the table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Provision => "provision",
            Self::Verify => "verify",
            Self::AskApproval => "ask_approval",
            Self::Shift { .. } => "shift",
            Self::Bake => "bake",
            Self::Confirm => "confirm",
            Self::Retain => "retain",
            Self::Retire => "retire",
            Self::Watch => "watch",
            Self::Complete { .. } => "complete",
            Self::Assess { .. } => "assess",
            Self::Clear { .. } => "clear",
            Self::Hold { .. } => "hold",
            Self::Resume => "resume",
            Self::RollBack(_) => "roll_back",
            Self::FinishRollback { .. } => "finish_rollback",
            Self::Refuse(_) => "refuse",
            Self::Stick(_) => "stick",
        }
    }

    /// Returns the phase this leads to; `None` for the two that return to where the rollout was.
    #[must_use]
    pub const fn target(&self) -> Option<PhaseName> {
        Some(match self {
            Self::Preflight => PhaseName::Preflight,
            Self::Provision => PhaseName::Provisioning,
            Self::Verify => PhaseName::Verifying,
            Self::AskApproval => PhaseName::AwaitingApproval,
            Self::Shift { .. } => PhaseName::Shifting,
            Self::Bake => PhaseName::Baking,
            Self::Confirm => PhaseName::Confirming,
            Self::Retain => PhaseName::Retaining,
            Self::Retire => PhaseName::Retiring,
            Self::Watch => PhaseName::Watching,
            Self::Complete { .. } => PhaseName::Completed,
            Self::Assess { .. } => PhaseName::Assessing,
            Self::Hold { .. } => PhaseName::Held,
            Self::RollBack(_) => PhaseName::RollingBack,
            Self::FinishRollback { .. } => PhaseName::RolledBack,
            Self::Refuse(_) => PhaseName::Refused,
            Self::Stick(_) => PhaseName::Stuck,
            Self::Clear { .. } | Self::Resume => return None,
        })
    }
}
