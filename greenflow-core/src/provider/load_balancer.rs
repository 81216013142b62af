//! Who gets the traffic.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, Fence, Granularity, ProviderError};
use crate::value::{RouteId, Side, Split};

/// Divides production traffic between the sides.
///
/// # Expected flow
/// 1. The engine reads the split before anything else.
/// 2. It sends one split, as one atomic call for each route, in a fixed order.
/// 3. It reads back until every route shows it, and repeats the same write while one does not.
/// 4. It polls the split while traffic is on green; another split is *drift*.
///
/// # Contract
/// - **LB-1** `read_split` returns one entry for each route that carries this service's traffic,
///   all of them, in a stable order; it never fills in what it could not read.
/// - **LB-2** After `set_split` returned `Ok`, `read_split` shows the split on every route within
///   the declared settle time, in the absence of other writers.
/// - **LB-3** Repeating `set_split` with the same effect changes nothing and succeeds, as long as
///   nothing newer was set. What a repeat does after that follows from the declared [`Fence`]: it is
///   kept out, or its split is in place again (LB-2). It is never answered from memory alone: a
///   controller that takes over repeats a cut after which others were sent that it knows nothing of.
/// - **LB-4** `set_split` changes each route in one call that carries both weights: no reader ever
///   sees both sides at 0, nor a split that was not sent.
/// - **LB-5** A split that [`LoadBalancerCapabilities::granularity`] cannot represent exactly is
///   refused with `InvalidRequest` and [`Applied::No`](super::Applied::No), and nothing changes.
/// - **LB-6** A write that answered with an error of [`Applied::No`](super::Applied::No) never
///   takes effect.
/// - **LB-7** With [`Fence::Late`], no write takes effect later than its bound after it was sent. With
///   the others one that went unanswered may, as long as nothing newer was taken: the engine repeats a
///   cut until it is answered where nothing else shows that it was.
/// - **LB-8** With [`Fence::PerOperation`], a write whose token is below the highest seen is
///   refused with `Conflict` and `Applied::No`.
/// - **LB-9** `read_split` reports weights that somebody else has set as they are, also such that
///   no [`Split`] can say (`split: None` with a description).
/// - **LB-10** Dropping a call's future leaves the balancer usable.
#[async_trait]
pub trait LoadBalancer: fmt::Debug + Send + Sync + 'static {
    /// Says what the balancer can do. Constant for the life of the provider.
    fn capabilities(&self) -> LoadBalancerCapabilities;

    /// Sends one split to every route.
    ///
    /// # Errors
    /// [`ProviderError`] per P-6; when some routes took it and others did not, `Applied::Unknown`.
    ///
    /// # Cancel safety
    /// May be dropped at any await; the write may still land within the late-effect bound.
    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError>;

    /// Reads the split of every route from the balancer itself, not from a cache.
    ///
    /// # Errors
    /// [`ProviderError`]; a partial answer is an error.
    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError>;
}

/// What a balancer can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoadBalancerCapabilities {
    /// How finely it splits.
    pub granularity: Granularity,
    /// How it keeps stale writes out.
    pub fence: Fence,
}

/// The request to divide traffic so.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SetSplit {
    /// The split.
    pub split: Split,
}

impl SetSplit {
    /// Asks for `split`.
    #[must_use]
    pub const fn new(split: Split) -> Self {
        Self { split }
    }
}

/// What the balancer's configuration says, route by route.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ObservedSplit {
    /// One entry a route.
    pub routes: Vec<RouteSplit>,
}

/// What one route says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RouteSplit {
    /// The route.
    pub route: RouteId,
    /// Its split; `None` when it is none of ours, such as a third target or both weights 0.
    pub split: Option<Split>,
    /// What it says, in the balancer's own words, for people.
    pub description: String,
}

impl ObservedSplit {
    /// Makes the answer of a balancer with one route.
    #[must_use]
    pub fn single(route: RouteId, split: Split) -> Self {
        Self {
            routes: vec![RouteSplit { route, split: Some(split), description: split.to_string() }],
        }
    }

    /// Returns the split that all routes agree on; `None` when they differ, when one is foreign,
    /// or when there is no route at all.
    #[must_use]
    pub fn agreed(&self) -> Option<Split> {
        let first = self.routes.first()?.split?;
        self.routes.iter().all(|route| route.split == Some(first)).then_some(first)
    }

    /// Returns whether any route may send traffic to a side: every foreign route may.
    #[must_use]
    pub fn may_reach(&self, side: Side) -> bool {
        let without = match side {
            Side::Green => Split::ALL_BLUE,
            Side::Blue => Split::ALL_GREEN,
        };
        self.routes.is_empty() || self.routes.iter().any(|route| route.split != Some(without))
    }
}

impl fmt::Display for ObservedSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(split) = self.agreed() {
            return write!(f, "{split}");
        }
        let routes: Vec<String> = self
            .routes
            .iter()
            .map(|route| format!("{}: {}", route.route, route.description))
            .collect();
        f.write_str(&routes.join("; "))
    }
}
