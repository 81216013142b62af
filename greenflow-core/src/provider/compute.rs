//! Where the sides run.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, Fence, ProviderError};
use crate::value::{Digest, ResourceId, Revision, Side};

/// Runs the sides: brings green up, keeps blue's capacity, removes what is no longer needed.
///
/// # Expected flow
/// 1. `describe` before anything; blue's identity and capacity are recorded.
/// 2. `pin` blue at its capacity, `provision` green, `describe` until green is healthy.
/// 3. `describe` before each write that relies on capacity, and while traffic is on green.
/// 4. `remove` the losing side, by the resources that were recorded for it.
/// 5. `pin` with `None` takes the pin back, on every way out.
///
/// # Contract
/// - **CO-1** `describe` returns both sides as they are, read and not cached. Roles are fixed for
///   the rollout: blue is the side that served when it began.
/// - **CO-2** `provision` starts green at the given revision *by digest* and capacity and touches
///   nothing of blue. It names what it made, at least one resource. It may return before green is
///   healthy.
/// - **CO-3** Repeating `provision`, `pin` or `remove` with the same effect changes nothing and
///   succeeds; no duplicate resource comes of it.
/// - **CO-4** `healthy` counts only targets that would answer production traffic now.
/// - **CO-5** `digests` names what the running targets of the side really run, each once.
/// - **CO-6** `pin(side, Some(n))` gives a side that has fewer targets `n` of them, and no automation
///   takes it below after that; `describe` shows the pin. `None` removes the pin and leaves the
///   targets.
/// - **CO-7** `remove` removes exactly the named resources and nothing else; one that is gone
///   already counts as removed. `describe` names it no more: that is how the engine knows.
/// - **CO-8** `remove` refuses a resource that takes production traffic with `Conflict` and
///   [`Applied::No`](super::Applied::No).
/// - **CO-9** No write takes effect later than [`Fence::late_effect_bound`] after it was sent.
/// - **CO-10** Dropping a call's future leaves the provider usable.
/// - **CO-11** `given_up` says that the platform has stopped trying to bring the side up. It is
///   never said while a target may still become healthy by itself, nor because of what ran on the
///   side before.
#[async_trait]
pub trait Compute: fmt::Debug + Send + Sync + 'static {
    /// Says what the provider can do. Constant for the life of the provider.
    fn capabilities(&self) -> ComputeCapabilities;

    /// Reads both sides.
    ///
    /// # Errors
    /// [`ProviderError`]; half an answer is an error.
    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError>;

    /// Starts green.
    ///
    /// # Errors
    /// [`ProviderError`] per P-6.
    ///
    /// # Cancel safety
    /// May be dropped at any await; the write may still land within the late-effect bound.
    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError>;

    /// Brings a side to a minimum and keeps it there, or takes the minimum back.
    ///
    /// # Errors
    /// [`ProviderError`] per P-6.
    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError>;

    /// Removes the named resources of a side.
    ///
    /// # Errors
    /// [`ProviderError`] per P-6; `Conflict` when one still takes traffic.
    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError>;
}

/// What a compute provider can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ComputeCapabilities {
    /// How it keeps stale writes out.
    pub fence: Fence,
    /// Whether it can hold a side at a minimum.
    pub pins: bool,
}

/// Both sides as they are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sides {
    /// The side that served when the rollout began.
    pub blue: SideState,
    /// The new side.
    pub green: SideState,
}

impl Sides {
    /// Returns one side.
    #[must_use]
    pub const fn side(&self, side: Side) -> &SideState {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }
}

/// One side as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SideState {
    /// The resources that make it up, by immutable identity; empty when there are none.
    pub resources: Vec<ResourceId>,
    /// What its targets really run, each digest once.
    pub digests: Vec<Digest>,
    /// How many targets it should have.
    pub desired: u32,
    /// How many would answer production traffic now.
    pub healthy: u32,
    /// How many requests per 1000 s one healthy target carries, if the provider knows.
    pub target_capacity_per_kilosecond: Option<u64>,
    /// The minimum it is pinned at, if it is.
    pub pinned_at: Option<u32>,
    /// Why targets are unhealthy or did not start, for people; at most a few lines.
    pub reasons: Vec<String>,
    /// Why no further target of it will come up, where the platform has stopped trying; `None` as
    /// long as one may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
}

/// The request to start green.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Provision {
    /// What to run.
    pub revision: Revision,
    /// How many targets.
    pub capacity: u32,
}

impl Provision {
    /// Asks for `capacity` targets of `revision`.
    #[must_use]
    pub const fn new(revision: Revision, capacity: u32) -> Self {
        Self { revision, capacity }
    }
}

/// What was created or taken into use for green.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Provisioned {
    /// The resources, by immutable identity.
    pub resources: Vec<ResourceId>,
}

/// The request to keep a side at a minimum.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pin {
    /// Which side.
    pub side: Side,
    /// The minimum; `None` takes it back.
    pub minimum: Option<u32>,
}

impl Pin {
    /// Asks for a minimum on `side`, or to take it back.
    #[must_use]
    pub const fn new(side: Side, minimum: Option<u32>) -> Self {
        Self { side, minimum }
    }
}

/// The request to remove resources of a side.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Remove {
    /// Which side.
    pub side: Side,
    /// Exactly what, by immutable identity.
    pub resources: Vec<ResourceId>,
}

impl Remove {
    /// Asks to remove exactly these resources.
    #[must_use]
    pub const fn new(side: Side, resources: Vec<ResourceId>) -> Self {
        Self { side, resources }
    }
}
