//! The two ECS services.

mod describe;
mod pin;
mod provision;
mod remove;
mod tasks;

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Compute, ComputeCapabilities, Fence, Pin, ProviderError, Provision, Provisioned,
    Remove, Sides,
};

pub(crate) use describe::targets;
pub(crate) use tasks::{Tasks, tasks};

use crate::site::Site;

/// Runs the sides in a site's two services.
///
/// - `provision` registers a revision like the base but for the image, which is pinned by digest,
///   and lets the idle service run it. A repeat finds the revision by its tags.
/// - A side's targets are healthy when the target group says so; green's only once ECS says that
///   the deployment is complete, or green has traffic.
/// - `remove` sets the service to no tasks, after it has read that no route sends it any traffic.
///   Neither the service nor the target group is ever deleted.
/// - Pins: see [`Site`] and the feature `autoscaling`. Without it nothing may scale the services.
///
/// ECS cannot refuse a stale write either: it declares [`Fence::Late`].
#[derive(Clone, Debug)]
pub struct EcsCompute {
    site: Arc<Site>,
}

impl EcsCompute {
    /// Makes the compute provider of a site.
    #[must_use]
    pub const fn new(site: Arc<Site>) -> Self {
        Self { site }
    }
}

#[async_trait]
impl Compute for EcsCompute {
    fn capabilities(&self) -> ComputeCapabilities {
        ComputeCapabilities { fence: Fence::Late { bound: self.site.layout.late }, pins: true }
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        describe::describe(&self.site, cx).await
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        provision::provision(&self.site, cx, request).await
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        pin::pin(&self.site, cx, request).await
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        remove::remove(&self.site, cx, request).await
    }
}
