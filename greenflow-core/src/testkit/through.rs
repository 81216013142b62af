//! A fixture whose provider is looked at through something else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::check::{CheckFixture, CheckRun};
use super::compute::ComputeFixture;
use super::health::{HealthFixture, SideAnswer};
use super::hook::HookFixture;
use super::journal::JournalFixture;
use super::load_balancer::{LoadBalancerFixture, OtherHand};
use super::metrics::{MetricFixture, Served};
use super::notifier::NotifierFixture;
use super::{Fate, Fixture, Stimulus};
use crate::provider::{
    Check, CheckStage, Clock, Compute, HealthProbe, Hook, Journal, LoadBalancer, MetricSource,
    Notifier,
};
use crate::value::{CheckName, Digest, HookName, ProbeName, ResourceId, Revision, RouteId, Side};

/// A fixture whose provider is looked at through something else: a wrapper, an `Arc`, or a
/// deliberate mistake. The hands act on what is within.
///
/// `P` is the trait: `Through<MyFixture, dyn LoadBalancer>`.
#[derive(Debug)]
pub struct Through<F, P: ?Sized> {
    inner: F,
    provider: Arc<P>,
}

impl<F, P: ?Sized> Through<F, P> {
    /// Puts `provider`, which was made from the fixture's own, in its place.
    #[must_use]
    pub const fn new(inner: F, provider: Arc<P>) -> Self {
        Self { inner, provider }
    }

    /// Returns the fixture within.
    #[must_use]
    pub const fn inner(&self) -> &F {
        &self.inner
    }
}

impl<F: Fixture, P: ?Sized + Send + Sync + 'static> Fixture for Through<F, P> {
    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }

    fn deadline(&self) -> Duration {
        self.inner.deadline()
    }

    fn settle(&self) -> Duration {
        self.inner.settle()
    }

    fn patience(&self) -> Duration {
        self.inner.patience()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: LoadBalancerFixture> LoadBalancerFixture for Through<F, dyn LoadBalancer> {
    fn load_balancer(&self) -> Arc<dyn LoadBalancer> {
        Arc::clone(&self.provider)
    }

    fn routes(&self) -> Vec<RouteId> {
        self.inner.routes()
    }

    async fn set_by_another_hand(&self, hand: OtherHand) -> Stimulus {
        self.inner.set_by_another_hand(hand).await
    }

    async fn hide_one_route(&self) -> Stimulus {
        self.inner.hide_one_route().await
    }

    async fn doom_next_write(&self, fate: Fate) -> Stimulus {
        self.inner.doom_next_write(fate).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: ComputeFixture> ComputeFixture for Through<F, dyn Compute> {
    fn compute(&self) -> Arc<dyn Compute> {
        Arc::clone(&self.provider)
    }

    fn revision(&self) -> Revision {
        self.inner.revision()
    }

    fn blue_digest(&self) -> Digest {
        self.inner.blue_digest()
    }

    fn blue_targets(&self) -> u32 {
        self.inner.blue_targets()
    }

    fn startup(&self) -> Duration {
        self.inner.startup()
    }

    async fn scale_by_another_hand(&self, side: Side, targets: u32) -> Stimulus {
        self.inner.scale_by_another_hand(side, targets).await
    }

    async fn break_targets(&self, side: Side) -> Stimulus {
        self.inner.break_targets(side).await
    }

    async fn mend_targets(&self, side: Side) -> Stimulus {
        self.inner.mend_targets(side).await
    }

    async fn let_the_start_fail(&self) -> Stimulus {
        self.inner.let_the_start_fail().await
    }

    async fn run_another_digest(&self, side: Side, digest: Digest) -> Stimulus {
        self.inner.run_another_digest(side, digest).await
    }

    async fn let_automation_shrink(&self, side: Side) -> Stimulus {
        self.inner.let_automation_shrink(side).await
    }

    async fn send_traffic_to(&self, side: Side) -> Stimulus {
        self.inner.send_traffic_to(side).await
    }

    async fn doom_next_write(&self, fate: Fate) -> Stimulus {
        self.inner.doom_next_write(fate).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: HealthFixture> HealthFixture for Through<F, dyn HealthProbe> {
    fn health(&self) -> Arc<dyn HealthProbe> {
        Arc::clone(&self.provider)
    }

    fn probe(&self) -> ProbeName {
        self.inner.probe()
    }

    async fn answer(&self, side: Side, answer: SideAnswer) -> Stimulus {
        self.inner.answer(side, answer).await
    }

    async fn run(&self, side: Side, digest: Digest) -> Stimulus {
        self.inner.run(side, digest).await
    }

    async fn fingerprint(&self) -> Stimulus<String> {
        self.inner.fingerprint().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: MetricFixture> MetricFixture for Through<F, dyn MetricSource> {
    fn metrics(&self) -> Arc<dyn MetricSource> {
        Arc::clone(&self.provider)
    }

    async fn serve(&self, side: Side, span: Duration) -> Stimulus<Served> {
        self.inner.serve(side, span).await
    }

    async fn lose_measurements(&self) -> Stimulus {
        self.inner.lose_measurements().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: CheckFixture> CheckFixture for Through<F, dyn Check> {
    fn checks(&self) -> Arc<dyn Check> {
        Arc::clone(&self.provider)
    }

    fn check(&self) -> CheckName {
        self.inner.check()
    }

    fn stage(&self) -> CheckStage {
        self.inner.stage()
    }

    fn revision(&self) -> Revision {
        self.inner.revision()
    }

    async fn script(&self, run: CheckRun) -> Stimulus {
        self.inner.script(run).await
    }

    async fn answer_by(&self, digest: Digest) -> Stimulus {
        self.inner.answer_by(digest).await
    }

    async fn fingerprint(&self) -> Stimulus<String> {
        self.inner.fingerprint().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: HookFixture> HookFixture for Through<F, dyn Hook> {
    fn hooks(&self) -> Arc<dyn Hook> {
        Arc::clone(&self.provider)
    }

    fn hook(&self) -> HookName {
        self.inner.hook()
    }

    fn resources(&self) -> Vec<ResourceId> {
        self.inner.resources()
    }

    async fn times_done(&self) -> Stimulus<u64> {
        self.inner.times_done().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: NotifierFixture> NotifierFixture for Through<F, dyn Notifier> {
    fn notifier(&self) -> Arc<dyn Notifier> {
        Arc::clone(&self.provider)
    }

    async fn shown(&self) -> Stimulus<Vec<String>> {
        self.inner.shown().await
    }

    async fn refuse_notices(&self) -> Stimulus {
        self.inner.refuse_notices().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<F: JournalFixture> JournalFixture for Through<F, dyn Journal> {
    fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.provider)
    }

    fn ttl(&self) -> Duration {
        self.inner.ttl()
    }

    async fn let_store_time_pass(&self, span: Duration) -> Stimulus {
        self.inner.let_store_time_pass(span).await
    }

    async fn reopen(&self) -> Stimulus<Arc<dyn Journal>> {
        self.inner.reopen().await
    }

    async fn doom_next_append(&self, fate: Fate) -> Stimulus {
        self.inner.doom_next_append(fate).await
    }
}
