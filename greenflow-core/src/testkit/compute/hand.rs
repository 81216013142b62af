//! What the checks of a compute provider share.

use std::sync::Arc;
use std::time::Duration;

use super::ComputeFixture;
use crate::provider::{CallContext, Compute, Pin, Provision, Provisioned, Remove, Sides};
use crate::testkit::bench::Bench;
use crate::testkit::result::{Checked, ensure};
use crate::value::{ResourceId, Side};

/// The kit's hand on a compute provider.
pub(super) struct Hand<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) compute: Arc<dyn Compute>,
    fixture: &'a dyn ComputeFixture,
}

/// How many targets the kit gives green.
pub(super) const CAPACITY: u32 = 3;

impl<'a> Hand<'a> {
    pub(super) fn new(fixture: &'a dyn ComputeFixture) -> Checked<Self> {
        Ok(Self { bench: Bench::new(fixture)?, compute: fixture.compute(), fixture })
    }

    pub(super) async fn see(&self) -> Checked<Sides> {
        self.bench.ok("describe", self.compute.describe(&self.bench.read())).await
    }

    pub(super) fn request(&self, capacity: u32) -> Provision {
        Provision::new(self.fixture.revision(), capacity)
    }

    /// Provisions green and waits until its change may be read.
    pub(super) async fn provision(&self, cx: &CallContext, capacity: u32) -> Checked<Provisioned> {
        let call = self.compute.provision(cx, self.request(capacity));
        let made = self.bench.ok("provision", call).await?;
        self.bench.settle().await?;
        Ok(made)
    }

    /// Provisions green and waits until its targets have started.
    pub(super) async fn start_green(&self, cx: &CallContext) -> Checked<Provisioned> {
        let made = self.provision(cx, CAPACITY).await?;
        ensure(!made.resources.is_empty(), || "provision names no resource".to_owned())?;
        self.bench.let_pass(self.fixture.startup()).await?;
        Ok(made)
    }

    pub(super) async fn pin(&self, cx: &CallContext, side: Side, minimum: Option<u32>) -> Checked {
        self.bench.ok("pin", self.compute.pin(cx, Pin::new(side, minimum))).await?;
        self.bench.settle().await
    }

    pub(super) async fn remove(
        &self,
        cx: &CallContext,
        side: Side,
        resources: Vec<ResourceId>,
    ) -> Checked {
        let call = self.compute.remove(cx, Remove::new(side, resources));
        self.bench.ok("remove", call).await?;
        self.bench.settle().await
    }

    /// How long a write may still land, and then show.
    pub(super) fn late(&self) -> Duration {
        let fence = self.compute.capabilities().fence;
        fence.late_effect_bound().saturating_add(self.bench.settle_time())
    }
}
