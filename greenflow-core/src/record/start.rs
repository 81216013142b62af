//! How the rollout was started, and who carried it out.

use serde::{Deserialize, Serialize};

use super::{Seconds, ZonedTime};
use crate::fact::Started;
use crate::value::{ControllerId, Digest, RolloutId, Who};

/// How the rollout was started, with every override that was used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartRecord {
    /// Who started it.
    pub who: Who,
    /// Why, in their words.
    pub why: String,
    /// Whether it was told not to wait for the plan's times of day.
    pub start_now: bool,
    /// The older rollout whose blue was retired ahead of its time for this one.
    pub superseded: Option<RolloutId>,
    /// Whether the plan lets it start on an unhealthy blue.
    pub dangerous_start_with_unhealthy_blue: bool,
    /// Whether the plan lets it take the balancer's word for where requests go.
    pub dangerous_trust_read_back: bool,
    /// *H*: how long a sent call may still take effect, as the providers declared.
    pub late_effect_bound_seconds: Seconds,
    /// The version of the rules by which it was decided.
    pub machine_version: u16,
}

impl StartRecord {
    pub(super) fn of(started: &Started) -> Self {
        let (options, policy) = (&started.options, &started.plan.start);
        Self {
            who: options.who.clone(),
            why: options.why.clone(),
            start_now: options.start_now,
            superseded: options.supersede.as_ref().map(|older| older.rollout.clone()),
            dangerous_start_with_unhealthy_blue: policy.dangerous_start_with_unhealthy_blue,
            dangerous_trust_read_back: policy.dangerous_trust_read_back,
            late_effect_bound_seconds: started.late_effect_bound.into(),
            machine_version: started.machine_version,
        }
    }
}

/// A controller that carried the rollout out, from when on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ControllerRecord {
    /// The lease epoch it wrote in.
    pub epoch: u64,
    /// The controller.
    pub controller: ControllerId,
    /// The engine's version.
    pub engine: String,
    /// When it began.
    pub at: ZonedTime,
}

/// Blue as it was before anything was touched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlueRecord {
    /// What its targets ran.
    pub digests: Vec<Digest>,
    /// How many targets it should have had.
    pub desired: u32,
    /// How many were healthy.
    pub healthy: u32,
    /// When it was read.
    pub at: ZonedTime,
}
