//! What is really so, for oracles.

use std::time::Duration;

use greenflow_core::provider::{FenceToken, NoticeKey};
use greenflow_core::value::{CheckName, Digest, EffectId, RolloutId, Side, Split, WallTime};

use super::BySide;
use super::change::Change;
use super::router::Weights;
use crate::provider::Operation;

/// What is really so at a moment, whatever the providers say.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Truth {
    /// Virtual time.
    pub at: Duration,
    /// The world's wall time.
    pub wall: WallTime,
    /// What the router is configured to do, route by route.
    pub configured: Vec<Weights>,
    /// What requests really do: each side's share, with those that linger.
    pub share: BySide<f64>,
    /// Requests a second.
    pub demand: f64,
    /// How the sides are.
    pub sides: BySide<SideTruth>,
    /// How many provider calls are under way.
    pub calls_in_flight: u32,
    /// How many were under way at a time at most, so far.
    pub most: Peaks,
    /// The calls that have left controllers since the last event, oldest first.
    pub sent: Vec<Sent>,
    /// The checks that have answered since the last event that they passed.
    pub passed: Vec<CheckName>,
    /// The notices that were taken since the last event.
    pub noticed: Vec<NoticeKey>,
    /// Who brought this about, if anybody did.
    pub cause: Option<Cause>,
    /// What happened just now, if it was an event of the world.
    pub event: Option<String>,
}

/// Who brought an event about. Time itself (targets that become ready, a data plane that follows,
/// an autoscaler) is nobody.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges an event must know its cause")]
pub enum Cause {
    /// Nature, a person, or another tool.
    Change(Change),
    /// A write through a provider, at once or late.
    Write(Landed),
}

/// A write through a provider that has reached the world.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Landed {
    /// What it was.
    pub operation: Operation,
    /// The rollout that sent it.
    pub rollout: RolloutId,
    /// Its identity.
    pub effect: Option<EffectId>,
    /// The split it set, if it set one.
    pub split: Option<Split>,
    /// The side it removed something of, if it did.
    pub removed: Option<Side>,
    /// Which controller sent it, and as which of its operations.
    pub fence: FenceToken,
    /// Whether the world took it.
    pub accepted: bool,
}

/// A call that has left a controller, whatever becomes of it.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// When, in virtual time.
    pub at: Duration,
    /// What it asks for.
    pub operation: Operation,
    /// The rollout that sent it.
    pub rollout: RolloutId,
    /// Which write it is, or looks for.
    pub effect: Option<EffectId>,
    /// Which controller sent it, and as which of its operations.
    pub fence: FenceToken,
    /// How long its sender waits for an answer, on its own clock.
    pub deadline: Duration,
}

/// How many calls were under way at a time at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Peaks {
    /// Calls of all kinds but notices.
    pub calls: u32,
    /// Writes to the balancer.
    pub balancer_writes: u32,
}

/// How a side really is.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct SideTruth {
    /// Whether it has any resource left.
    pub exists: bool,
    /// How many targets it should have.
    pub desired: u32,
    /// How many run, healthy or not.
    pub running: u32,
    /// How many would answer a request.
    pub healthy: u32,
    /// How many requests a second the healthy ones carry.
    pub capacity: f64,
    /// The minimum it is pinned at.
    pub pinned_at: Option<u32>,
    /// What its targets really run.
    pub digests: Vec<Digest>,
}

/// A change of what requests really do.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct SplitChange {
    /// Virtual time.
    pub at: Duration,
    /// The world's wall time.
    pub wall: WallTime,
    /// The configuration at that time, route by route.
    pub configured: Vec<Weights>,
    /// Each side's share of the requests from then on.
    pub share: BySide<f64>,
}
