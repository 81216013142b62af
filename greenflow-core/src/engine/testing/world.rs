//! Providers that do as they are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::TestClock;
use crate::provider::{
    CallContext, Clock as _, Compute, ComputeCapabilities, ErrorKind, Fence, Granularity,
    HealthProbe, IntervalSample, LoadBalancer, LoadBalancerCapabilities, MetricCapabilities,
    MetricSource, Notice, Notifier, ObservedSplit, Pin, ProbeReport, ProbeRequest, ProviderError,
    Providers, Provision, Provisioned, Remove, SampleRequest, SetSplit, SideState, Sides,
};
use crate::value::{RouteId, Split};

/// What a call to the balancer does; `Works` when nothing is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine) enum Act {
    Works,
    /// Is acknowledged and never happens.
    Acknowledged,
    Refused(ErrorKind),
    /// Is refused with a wish to wait so long.
    RefusedFor(Duration),
    Unknown,
    Hangs,
    /// Never answers, but happens.
    HangsAndLands,
    /// Answers after so long.
    Slow(Duration),
}

#[derive(Clone, Debug)]
pub(in crate::engine) struct TestWorld {
    clock: TestClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub(in crate::engine) struct State {
    pub(in crate::engine) split: Split,
    pub(in crate::engine) writes: VecDeque<Act>,
    pub(in crate::engine) reads: VecDeque<Act>,
    /// When, with which context, and to what.
    pub(in crate::engine) sent: Vec<(Duration, CallContext, Split)>,
    /// What runs on green, and when its removal was sent.
    pub(in crate::engine) green: SideState,
    pub(in crate::engine) removed: Vec<Duration>,
    pub(in crate::engine) notices: Vec<Notice>,
    pub(in crate::engine) notifier_hangs: bool,
}

impl TestWorld {
    pub(in crate::engine) fn new(clock: &TestClock) -> Self {
        Self { clock: clock.clone(), state: Arc::default() }
    }

    pub(in crate::engine) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::engine) fn writes(&self, acts: &[Act]) {
        self.state().writes.extend(acts);
    }

    pub(in crate::engine) fn reads(&self, acts: &[Act]) {
        self.state().reads.extend(acts);
    }

    /// Returns when each write was sent, in seconds.
    pub(in crate::engine) fn sent_at(&self) -> Vec<u64> {
        self.state().sent.iter().map(|(at, ..)| at.as_secs()).collect()
    }

    pub(in crate::engine) fn providers(&self) -> Providers {
        let this = || Arc::new(self.clone());
        Providers::new(this(), this(), this(), this()).with_notifier(this())
    }

    async fn act(&self, act: Act) -> Result<(), ProviderError> {
        match act {
            Act::Works | Act::Acknowledged => Ok(()),
            Act::Refused(kind) => Err(ProviderError::new(kind, "set split").not_applied()),
            Act::RefusedFor(pause) => {
                let error = ProviderError::new(ErrorKind::Throttled, "set split").not_applied();
                Err(error.retry_after(pause))
            }
            Act::Unknown => Err(ProviderError::new(ErrorKind::Unavailable, "set split")),
            Act::Hangs | Act::HangsAndLands => std::future::pending().await,
            Act::Slow(pause) => {
                self.clock.sleep_until(self.clock.now() + pause).await;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl LoadBalancer for TestWorld {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        let granularity = Granularity::Steps { basis_points: 1 };
        LoadBalancerCapabilities { granularity, fence: Fence::PerOperation }
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        let act = {
            let mut state = self.state();
            state.sent.push((self.clock.monotonic(), cx.clone(), request.split));
            let act = state.writes.pop_front().unwrap_or(Act::Works);
            if matches!(act, Act::Works | Act::HangsAndLands | Act::Slow(_)) {
                state.split = request.split;
            }
            act
        };
        self.act(act).await
    }

    async fn read_split(&self, _: &CallContext) -> Result<ObservedSplit, ProviderError> {
        let act = self.state().reads.pop_front().unwrap_or(Act::Works);
        self.act(act).await?;
        Ok(ObservedSplit::single(RouteId::new("route").unwrap(), self.state().split))
    }
}

#[async_trait]
impl Compute for TestWorld {
    fn capabilities(&self) -> ComputeCapabilities {
        ComputeCapabilities { fence: Fence::PerOperation, pins: true }
    }

    async fn describe(&self, _: &CallContext) -> Result<Sides, ProviderError> {
        Ok(Sides { blue: SideState::default(), green: self.state().green.clone() })
    }

    async fn provision(&self, _: &CallContext, _: Provision) -> Result<Provisioned, ProviderError> {
        Ok(Provisioned { resources: Vec::new() })
    }

    async fn pin(&self, _: &CallContext, _: Pin) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn remove(&self, _: &CallContext, _: Remove) -> Result<(), ProviderError> {
        let act = {
            let mut state = self.state();
            state.removed.push(self.clock.monotonic());
            let act = state.writes.pop_front().unwrap_or(Act::Works);
            if act == Act::Works {
                state.green = SideState::default();
            }
            act
        };
        self.act(act).await
    }
}

#[async_trait]
impl HealthProbe for TestWorld {
    async fn probe(&self, _: &CallContext, _: ProbeRequest) -> Result<ProbeReport, ProviderError> {
        Ok(ProbeReport { healthy: true, seen: None, detail: String::new() })
    }
}

#[async_trait]
impl MetricSource for TestWorld {
    fn capabilities(&self) -> MetricCapabilities {
        MetricCapabilities { shortest: Duration::from_secs(1), delay: Duration::ZERO }
    }

    async fn sample(
        &self,
        _: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        let SampleRequest { start, end, .. } = request;
        Ok(IntervalSample { start, end, blue: None, green: None, unserved: None })
    }
}

#[async_trait]
impl Notifier for TestWorld {
    async fn notify(&self, _: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        if self.state().notifier_hangs {
            std::future::pending::<()>().await;
        }
        self.state().notices.push(notice);
        Ok(())
    }
}
