//! The load balancer: one document with the weights of every route.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Clock, ErrorKind, Fence, Granularity, LoadBalancer, LoadBalancerCapabilities,
    ObservedSplit, ProviderError, RouteSplit, SetSplit,
};
use greenflow_core::value::{RouteId, Side, Split, WallTime, Weight};
use serde::{Deserialize, Serialize};

use super::fenced::Fenced;
use super::store::{Document, Folder, refused};

/// `balancer.json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Balancing {
    /// In the order of their names: LB-1 asks for a stable order.
    pub(super) routes: BTreeMap<RouteId, Weights>,
    /// What requests have followed, oldest first. The counter of requests reads it.
    pub(super) history: Vec<Since>,
    fenced: Fenced,
}

/// The weights of one route, in percent. Anybody may edit them, so they may be anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Weights {
    pub(super) blue: u32,
    pub(super) green: u32,
    /// A target that is none of ours.
    #[serde(default)]
    pub(super) other: u32,
}

/// From when on green gets how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Since {
    pub(super) at: WallTime,
    /// Green's share in basis points.
    pub(super) green: u16,
}

impl Document for Balancing {
    const FILE: &'static str = "balancer.json";
}

impl Balancing {
    /// Sets the weights of every route, and notes from when on requests follow them.
    pub(super) fn set(&mut self, weights: Weights, now: WallTime) {
        for route in self.routes.values_mut() {
            *route = weights;
        }
        let green = weights.split().map_or(0, |split| split.green().basis_points());
        // Another process may have a clock that is ahead; history never runs back.
        let at = self.history.last().map_or(now, |last| last.at.max(now));
        if self.history.last().is_none_or(|last| last.green != green) {
            self.history.push(Since { at, green });
        }
    }

    /// Returns green's share in basis points, where all routes agree on one.
    pub(super) fn share(&self) -> Option<u16> {
        let mut shares =
            self.routes.values().map(|weights| Some(weights.split()?.green().basis_points()));
        let first = shares.next()??;
        shares.all(|share| share == Some(first)).then_some(first)
    }

    /// Returns whether a side may get requests: a route that we do not understand may send any.
    pub(super) fn may_reach(&self, side: Side) -> bool {
        self.routes.values().any(|weights| match (weights.split(), side) {
            (None, _) => true,
            (Some(split), Side::Blue) => split.blue() > Weight::ZERO,
            (Some(split), Side::Green) => split.green() > Weight::ZERO,
        })
    }
}

impl Weights {
    /// Returns the weights of a split; `None` when percents cannot say it.
    pub(super) fn of(split: Split) -> Option<Self> {
        let percent = |weight: Weight| {
            let points = u32::from(weight.basis_points());
            points.is_multiple_of(STEP).then_some(points / STEP)
        };
        Some(Self { blue: percent(split.blue())?, green: percent(split.green())?, other: 0 })
    }

    /// Returns the split that the weights say; `None` when they say none.
    fn split(self) -> Option<Split> {
        let whole = self.blue.checked_add(self.green).filter(|whole| *whole == 100)?;
        let green = u8::try_from(self.green).ok().filter(|_| self.other == 0 && whole == 100)?;
        Weight::from_percent(green).ok().map(Split::to_green)
    }
}

/// One percent in basis points.
const STEP: u32 = 100;

/// A load balancer whose configuration is `balancer.json`.
#[derive(Clone, Debug)]
pub struct FileBalancer {
    folder: Folder,
    clock: Arc<dyn Clock>,
}

impl FileBalancer {
    pub(super) const fn new(folder: Folder, clock: Arc<dyn Clock>) -> Self {
        Self { folder, clock }
    }
}

#[async_trait]
impl LoadBalancer for FileBalancer {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        LoadBalancerCapabilities {
            granularity: Granularity::Steps { basis_points: 100 },
            // Claimed because `set_split` asks `Fenced`: then nothing waits for late writes (LB-7).
            fence: Fence::PerOperation,
        }
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        let operation = "set_split";
        // LB-5: refused before anything is touched, never rounded.
        let weights = Weights::of(request.split).ok_or_else(|| {
            refused(ErrorKind::InvalidRequest, operation)
                .because(format!("{} is no whole percent", request.split))
        })?;
        // LB-4: both weights of all routes in one rename.
        self.folder.update(operation, |balancing: &mut Balancing| {
            balancing.fenced.admit(cx, "split", operation)?;
            balancing.set(weights, self.clock.wall());
            Ok(())
        })
    }

    async fn read_split(&self, _: &CallContext) -> Result<ObservedSplit, ProviderError> {
        // LB-1: from the file each time. One route that cannot be parsed fails the whole answer.
        let balancing: Balancing = self.folder.read("read_split")?;
        let routes = balancing.routes.into_iter().map(|(route, weights)| {
            // LB-9: as it is, also what no split can say.
            let split = weights.split();
            let Weights { blue, green, other } = weights;
            let description = format!("blue {blue}, green {green}, other {other}");
            RouteSplit { route, split, description }
        });
        Ok(ObservedSplit { routes: routes.collect() })
    }
}
