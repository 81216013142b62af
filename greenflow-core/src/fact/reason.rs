//! Why a rollout left its way.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Severity, Timestamp, Who};

/// Why a rollout goes back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RollbackReason {
    /// The kind.
    pub kind: RollbackKind,
    /// In words, with the numbers.
    pub text: String,
    /// How bad.
    pub severity: Severity,
    /// When the first bad sample came; `None` when no sample led here.
    pub breach_at: Option<Timestamp>,
    /// Who said so, if a person did.
    pub who: Option<Who>,
}

/// The kind of reason for going back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RollbackKind {
    /// Measurements outside a limit.
    Breach,
    /// Measurements missing beyond their budget.
    Unknown,
    /// Green lost its targets, or runs something else.
    GreenUnfit,
    /// A person said so.
    Operator,
    /// The cut-over was refused.
    ApprovalRejected,
    /// Nobody answered in time.
    ApprovalExpired,
    /// Green did not come up.
    ProvisionFailed,
    /// A suite did not pass.
    VerifyFailed,
    /// A final check did not pass, or nobody acknowledged.
    ConfirmFailed,
    /// A hold ran out.
    HoldExpired,
}

/// Why a rollout stops for a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each")]
pub enum HoldReason {
    /// A person paused it.
    Paused {
        /// Who.
        who: Who,
        /// Why.
        why: String,
    },
    /// The balancer shows what we did not set.
    Drift {
        /// What it shows, and what we had set.
        what: String,
    },
    /// A side has fewer targets than were set, again and again.
    Rescaled {
        /// Which side, how many it has, and how many were set.
        what: String,
    },
    /// A critical breach, for people to decide.
    Undecided {
        /// The breach.
        what: String,
        /// When the first bad sample came.
        breach_at: Option<Timestamp>,
    },
    /// A step that could not be written, observed or filled with enough requests.
    Stalled {
        /// Which, and why.
        what: String,
    },
    /// Green is in breach, and blue is not fit to take its traffic.
    NoSafeSide {
        /// The breach, and what is wrong with blue.
        what: String,
        /// When the first bad sample came.
        breach_at: Option<Timestamp>,
    },
    /// Approval expired, and the plan says to stop.
    ApprovalExpired,
    /// Nobody acknowledged, and the plan says to stop.
    Unacknowledged {
        /// Who is missing.
        missing: String,
    },
}

impl HoldReason {
    /// Returns the kind's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Paused { .. } => "paused",
            Self::Drift { .. } => "drift",
            Self::Rescaled { .. } => "rescaled",
            Self::Undecided { .. } => "undecided",
            Self::Stalled { .. } => "stalled",
            Self::NoSafeSide { .. } => "no_safe_side",
            Self::ApprovalExpired => "approval_expired",
            Self::Unacknowledged { .. } => "unacknowledged",
        }
    }
}

impl fmt::Display for HoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused { who, why } => write!(f, "paused by {who}: {why}"),
            Self::Drift { what } => write!(f, "the balancer was changed by another hand: {what}"),
            Self::Rescaled { what } => {
                write!(f, "the number of targets was changed by another hand: {what}")
            }
            Self::Undecided { what, .. } => write!(f, "critical, to be decided by people: {what}"),
            Self::Stalled { what } => write!(f, "stalled: {what}"),
            Self::NoSafeSide { what, .. } => write!(f, "no side is fit to serve: {what}"),
            Self::ApprovalExpired => f.write_str("nobody approved in time"),
            Self::Unacknowledged { missing } => write!(f, "not acknowledged by {missing}"),
        }
    }
}

/// Why a rollout was refused before anything was touched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefusalReason {
    /// Every problem, in words.
    pub problems: Vec<String>,
    /// Who said so, if a person did.
    pub who: Option<Who>,
}

/// Why a rollout waits for a person, and what they must do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StuckReason {
    /// What is wrong.
    pub what: String,
    /// What a person must do.
    pub remedy: String,
}
