//! The first fact of every rollout.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::{PlanBody, PlanHash};
use crate::provider::Capabilities;
use crate::value::{RolloutId, Who, duration};

/// What was decided when the rollout was created.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Started {
    /// The rollout.
    pub rollout: RolloutId,
    /// The whole plan.
    pub plan: PlanBody,
    /// Its hash, pinned.
    pub plan_hash: PlanHash,
    /// What the person who started it said.
    pub options: StartOptions,
    /// What the providers could do.
    pub capabilities: Capabilities,
    /// *H*: how long a sent call may still take effect.
    #[serde(with = "duration")]
    pub late_effect_bound: Duration,
    /// The version of the machine that folds these facts.
    pub machine_version: u16,
}

/// What the person who starts a rollout says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StartOptions {
    /// Who.
    pub who: Who,
    /// Why.
    pub why: String,
    /// Start although the plan's time has passed, and wait for no time of day on the way.
    pub start_now: bool,
    /// Checklist items confirmed already.
    pub confirmations: Vec<Confirmation>,
    /// Retire the blue of this older rollout first, ahead of its time.
    pub supersede: Option<Supersede>,
}

impl StartOptions {
    /// Starts for `who`, at the plan's times.
    #[must_use]
    pub const fn new(who: Who) -> Self {
        Self {
            who,
            why: String::new(),
            start_now: false,
            confirmations: Vec::new(),
            supersede: None,
        }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Starts although the plan's time has passed, and waits for no time of day on the way.
    #[must_use]
    pub const fn start_now(mut self) -> Self {
        self.start_now = true;
        self
    }

    /// Confirms a checklist item.
    #[must_use]
    pub fn confirm(mut self, item: impl Into<String>, who: Who) -> Self {
        self.confirmations.push(Confirmation { item: item.into(), who });
        self
    }

    /// Retires the blue of an older rollout, still in retention, first.
    #[must_use]
    pub fn supersede(mut self, supersede: Supersede) -> Self {
        self.supersede = Some(supersede);
        self
    }
}

/// A checklist item confirmed by a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirmation {
    /// The item's text.
    pub item: String,
    /// Who says so.
    pub who: Who,
}

/// The wish to retire an older rollout's blue now, so that a new rollout can start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Supersede {
    /// The older rollout.
    pub rollout: RolloutId,
    /// Who wants it.
    pub who: Who,
    /// Why.
    pub why: String,
}
