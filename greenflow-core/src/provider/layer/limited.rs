//! A provider that is not called more often than a rate.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Gate, Rate};
use crate::provider::{
    CallContext, Check, CheckReport, CheckRequest, Clock, Compute, ComputeCapabilities, ErrorKind,
    HealthProbe, Hook, HookReport, HookRequest, IntervalSample, LoadBalancer,
    LoadBalancerCapabilities, MetricCapabilities, MetricSource, Notice, Notifier, ObservedSplit,
    Pin, ProbeReport, ProbeRequest, ProviderError, Provision, Provisioned, Remove, SampleRequest,
    SetSplit, Sides,
};
use crate::value::Split;

/// A provider that is not called more often than a [`Rate`].
///
/// A call that comes too early waits for its turn, through the clock. One whose turn would come
/// only after its deadline is turned away at once with `Throttled`,
/// [`Applied::No`](crate::provider::Applied::No) and the time to wait, so nothing is ever sent
/// by a caller that has gone.
///
/// The cut is never held up: `set_split` to [`Split::ALL_BLUE`] passes at once and only uses up
/// its turn. However many cuts pass, whoever comes next waits for one turn more at most. Share one
/// `Limited` (in an `Arc`) among those that draw on the same quota.
pub struct Limited<P> {
    inner: P,
    gate: Mutex<Gate>,
    clock: Arc<dyn Clock>,
}

impl<P> Limited<P> {
    /// Bounds how often `inner` is called.
    #[must_use]
    pub fn new(inner: P, rate: Rate, clock: Arc<dyn Clock>) -> Self {
        Self { inner, gate: Mutex::new(Gate::new(rate)), clock }
    }

    /// Waits for a turn. Dropped while it waits, it has used its turn up and sent nothing.
    async fn turn(&self, cx: &CallContext, operation: &'static str) -> Result<(), ProviderError> {
        let now = self.clock.monotonic();
        let wait = self.take(now, cx.deadline).map_err(|wait| {
            ProviderError::new(ErrorKind::Throttled, operation)
                .not_applied()
                .retry_after(wait)
                .because("the caller's own limit on the rate of calls")
        })?;
        if !wait.is_zero() {
            self.clock.sleep_until(now.saturating_add(wait)).await;
        }
        Ok(())
    }

    /// Takes the next turn if it comes within `patience`; returns how long to wait either way.
    fn take(&self, now: Duration, patience: Duration) -> Result<Duration, Duration> {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = gate.wait(now);
        if wait >= patience && !wait.is_zero() {
            return Err(wait);
        }
        gate.admit(now);
        Ok(wait)
    }

    /// Uses up a turn without waiting for it.
    fn pass(&self) {
        let now = self.clock.monotonic();
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).pass(now);
    }
}

impl<P: fmt::Debug> fmt::Debug for Limited<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Limited").field(&self.inner).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: LoadBalancer> LoadBalancer for Limited<P> {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        self.inner.capabilities()
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        if request.split == Split::ALL_BLUE {
            self.pass();
        } else {
            self.turn(cx, "set split").await?;
        }
        self.inner.set_split(cx, request).await
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        self.turn(cx, "read split").await?;
        self.inner.read_split(cx).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Compute> Compute for Limited<P> {
    fn capabilities(&self) -> ComputeCapabilities {
        self.inner.capabilities()
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        self.turn(cx, "describe").await?;
        self.inner.describe(cx).await
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        self.turn(cx, "provision").await?;
        self.inner.provision(cx, request).await
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        self.turn(cx, "pin").await?;
        self.inner.pin(cx, request).await
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        self.turn(cx, "remove").await?;
        self.inner.remove(cx, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: HealthProbe> HealthProbe for Limited<P> {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        self.turn(cx, "probe").await?;
        self.inner.probe(cx, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: MetricSource> MetricSource for Limited<P> {
    fn capabilities(&self) -> MetricCapabilities {
        self.inner.capabilities()
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        self.turn(cx, "sample").await?;
        self.inner.sample(cx, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Check> Check for Limited<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        self.turn(cx, "run check").await?;
        self.inner.run(cx, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Hook> Hook for Limited<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        self.turn(cx, "run hook").await?;
        self.inner.run(cx, request).await
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        self.turn(cx, "find hook").await?;
        self.inner.find(cx, request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Notifier> Notifier for Limited<P> {
    async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        self.turn(cx, "notify").await?;
        self.inner.notify(cx, notice).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::provider::{Applied, Fence, FenceToken, Granularity};
    use crate::value::{RolloutId, RouteId, WallTime};

    /// Stands still; a sleep never ends.
    #[derive(Debug)]
    struct Still;

    #[async_trait]
    impl Clock for Still {
        fn monotonic(&self) -> Duration {
            Duration::from_secs(1000)
        }

        fn wall(&self) -> WallTime {
            WallTime::from_unix_millis(0)
        }

        async fn sleep_until(&self, _: Duration) {
            std::future::pending::<()>().await;
        }
    }

    #[derive(Debug)]
    struct Tiny;

    #[async_trait]
    impl LoadBalancer for Tiny {
        fn capabilities(&self) -> LoadBalancerCapabilities {
            LoadBalancerCapabilities { granularity: Granularity::Whole, fence: Fence::Conditional }
        }

        async fn set_split(&self, _: &CallContext, _: SetSplit) -> Result<(), ProviderError> {
            Ok(())
        }

        async fn read_split(&self, _: &CallContext) -> Result<ObservedSplit, ProviderError> {
            Ok(ObservedSplit::single(RouteId::new("a").unwrap(), Split::ALL_BLUE))
        }
    }

    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn cx(deadline: u64) -> CallContext {
        let rollout = RolloutId::new("r-1").unwrap();
        CallContext::new(rollout, FenceToken::default(), Duration::from_secs(deadline))
    }

    fn limited() -> Limited<Tiny> {
        Limited::new(Tiny, Rate::one_each(Duration::from_secs(5)), Arc::new(Still))
    }

    #[test]
    fn a_call_that_comes_too_early_waits() {
        let balancer = limited();
        assert!(poll(balancer.read_split(&cx(10))).is_ready());
        assert!(poll(balancer.read_split(&cx(10))).is_pending());
    }

    #[test]
    fn a_call_whose_turn_comes_after_its_deadline_is_turned_away() {
        let balancer = limited();
        assert!(poll(balancer.read_split(&cx(10))).is_ready());
        let Poll::Ready(Err(error)) = poll(balancer.read_split(&cx(5))) else {
            panic!("it was not turned away");
        };
        assert_eq!((error.kind(), error.applied()), (ErrorKind::Throttled, Applied::No));
        assert_eq!(error.pause(), Some(Duration::from_secs(5)));
        // It did not use up a turn: the next one still waits the same 5 s.
        assert!(poll(balancer.read_split(&cx(6))).is_pending());
    }

    #[test]
    fn the_cut_never_waits() {
        let balancer = limited();
        for _ in 0..3 {
            let cut = SetSplit::new(Split::ALL_BLUE);
            assert!(matches!(poll(balancer.set_split(&cx(3), cut)), Poll::Ready(Ok(()))));
        }
        let forward = SetSplit::new(Split::ALL_GREEN);
        assert!(matches!(poll(balancer.set_split(&cx(3), forward)), Poll::Ready(Err(_))));
    }

    #[test]
    fn any_number_of_cuts_leaves_a_turn_for_their_read_back() {
        let balancer = limited();
        for _ in 0..100 {
            let cut = SetSplit::new(Split::ALL_BLUE);
            assert!(matches!(poll(balancer.set_split(&cx(3), cut)), Poll::Ready(Ok(()))));
        }
        assert!(poll(balancer.read_split(&cx(6))).is_pending(), "it was turned away");
    }
}
