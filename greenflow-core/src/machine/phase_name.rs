//! The names of the phases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a phase, as the record, the events and the transition table write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "whoever shows phases wants to be told of a new one")]
pub enum PhaseName {
    /// Waiting for its time; checklists are being confirmed.
    Scheduled,
    /// Checking before anything is touched.
    Preflight,
    /// Green is coming up.
    Provisioning,
    /// Suites run against green on test traffic.
    Verifying,
    /// People are asked.
    AwaitingApproval,
    /// Traffic is moving to green.
    Shifting,
    /// Green has all traffic and is watched closely.
    Baking,
    /// Final checks and acknowledgements.
    Confirming,
    /// Blue is kept for an instant return.
    Retaining,
    /// Blue is being removed.
    Retiring,
    /// The long watch.
    Watching,
    /// Triage of a bad sample.
    Assessing,
    /// Stopped for a while: pause, drift, undecided.
    Held,
    /// Going back to blue.
    RollingBack,
    /// Stopped until a person acts.
    Stuck,
    /// Ended on green.
    Completed,
    /// Ended on blue, after something was touched.
    RolledBack,
    /// Ended before anything was touched.
    Refused,
}

impl PhaseName {
    /// All of them, in the order of a rollout.
    pub const ALL: [Self; 18] = [
        Self::Scheduled,
        Self::Preflight,
        Self::Provisioning,
        Self::Verifying,
        Self::AwaitingApproval,
        Self::Shifting,
        Self::Baking,
        Self::Confirming,
        Self::Retaining,
        Self::Retiring,
        Self::Watching,
        Self::Assessing,
        Self::Held,
        Self::RollingBack,
        Self::Stuck,
        Self::Completed,
        Self::RolledBack,
        Self::Refused,
    ];

    /// Returns the name as the record writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Preflight => "preflight",
            Self::Provisioning => "provisioning",
            Self::Verifying => "verifying",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Shifting => "shifting",
            Self::Baking => "baking",
            Self::Confirming => "confirming",
            Self::Retaining => "retaining",
            Self::Retiring => "retiring",
            Self::Watching => "watching",
            Self::Assessing => "assessing",
            Self::Held => "held",
            Self::RollingBack => "rolling_back",
            Self::Stuck => "stuck",
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Refused => "refused",
        }
    }

    /// Returns whether the rollout has ended for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::RolledBack | Self::Refused)
    }
}

impl fmt::Display for PhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
