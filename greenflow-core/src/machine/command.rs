//! What people tell a rollout.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::PlanHash;
use crate::value::{Digest, RolloutId, Who, duration};

/// What a person tells a rollout: who, why, and what. Every accepted one is recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Command {
    /// Who says it: a name of at most 500 bytes.
    pub who: Who,
    /// Why, in at most 500 bytes. A longer name or reason is refused, but for [`Action::Abort`] and
    /// [`Action::Rollback`], which keep the beginning of it.
    pub why: String,
    /// What shall happen.
    pub action: Action,
}

impl Command {
    /// Makes a command.
    #[must_use]
    pub fn new(who: Who, why: impl Into<String>, action: Action) -> Self {
        Self { who, why: why.into(), action }
    }
}

/// What shall happen. Abort beats everything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each in every phase")]
pub enum Action {
    /// Confirm a checklist item, in the role that it names.
    Confirm {
        /// The item's text.
        item: String,
    },
    /// Approve the cut-over, in one of the roles the plan asks.
    Approve {
        /// What is approved. An approval of anything else is rejected.
        of: ApprovalTarget,
    },
    /// Refuse the cut-over.
    Reject,
    /// Acknowledge the finished cut-over, in one of the roles the plan asks.
    Acknowledge,
    /// Stop going on, for as long as the plan allows. What is held already is a pause from then on, and
    /// ends by itself no more; a retention is never paused.
    Pause,
    /// Go on after a hold.
    Resume,
    /// Skip the rest of the present hold or bake.
    Promote,
    /// Skip every hold and the bake that are left. Every gate still applies.
    PromoteFull,
    /// Give the rollout up: back to blue if anything was touched, refused if nothing was.
    Abort,
    /// Go back to blue; possible until blue's removal is decided.
    Rollback,
    /// Keep blue longer than its time and its date: past both, longer from now on. Whoever wanted it
    /// removed before is overruled.
    ExtendRetention {
        /// By how much: whole milliseconds, at most 10 years at a time.
        #[serde(with = "duration")]
        by: Duration,
    },
    /// Remove blue now, ahead of its time. All safety conditions but the time still apply.
    RetireNow {
        /// The newer rollout that wants the sides; it watches from then on.
        superseded_by: Option<RolloutId>,
    },
}

impl Action {
    /// Returns the action's name, as the record and the tables write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Confirm { .. } => "confirm",
            Self::Approve { .. } => "approve",
            Self::Reject => "reject",
            Self::Acknowledge => "acknowledge",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::PromoteFull => "promote_full",
            Self::Abort => "abort",
            Self::Rollback => "rollback",
            Self::ExtendRetention { .. } => "extend_retention",
            Self::RetireNow { .. } => "retire_now",
        }
    }
}

/// What an approval is bound to; it counts for nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApprovalTarget {
    /// The rollout.
    pub rollout: RolloutId,
    /// The plan it runs.
    pub plan: PlanHash,
    /// The step it lets begin, from 0.
    pub step: u32,
    /// What it lets serve.
    pub digest: Digest,
}
