//! A provider whose calls are written down before they reach the world.

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckReport, CheckRequest, Compute, ComputeCapabilities, HealthProbe, Hook,
    HookReport, HookRequest, IntervalSample, LoadBalancer, LoadBalancerCapabilities,
    MetricCapabilities, MetricSource, Notice, Notifier, ObservedSplit, Pin, ProbeReport,
    ProbeRequest, ProviderError, Providers, Provision, Provisioned, Remove, SampleRequest,
    SetSplit, Sides,
};
use std::sync::Arc;

use super::CallLog;

/// A provider whose calls are written down.
#[derive(Clone, Debug)]
pub(super) struct Logged<P> {
    inner: P,
    log: CallLog,
}

/// Writes down every call to any of these.
pub(super) fn logged(providers: &Providers, log: &CallLog) -> Providers {
    fn wrap<P>(inner: &P, log: &CallLog) -> Arc<Logged<P>>
    where
        P: Clone,
    {
        Arc::new(Logged { inner: inner.clone(), log: log.clone() })
    }
    Providers::new(
        wrap(&providers.load_balancer, log),
        wrap(&providers.compute, log),
        wrap(&providers.health, log),
        wrap(&providers.metrics, log),
    )
    .with_checks(wrap(&providers.checks, log))
    .with_hooks(wrap(&providers.hooks, log))
    .with_notifier(wrap(&providers.notifier, log))
}

impl<P> Logged<P> {
    fn read(&self, cx: &CallContext, operation: &'static str) -> &P {
        self.log.note(cx, (operation, false), None);
        &self.inner
    }

    async fn write<T>(
        &self,
        cx: &CallContext,
        operation: &'static str,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        self.log.note(cx, (operation, true), None);
        let answer = call.await;
        self.log.note(cx, (operation, true), Some(answer.is_ok()));
        answer
    }
}

#[async_trait]
impl<P: LoadBalancer> LoadBalancer for Logged<P> {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        self.inner.capabilities()
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        self.write(cx, "set_split", self.inner.set_split(cx, request)).await
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        self.read(cx, "read_split").read_split(cx).await
    }
}

#[async_trait]
impl<P: Compute> Compute for Logged<P> {
    fn capabilities(&self) -> ComputeCapabilities {
        self.inner.capabilities()
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        self.read(cx, "describe").describe(cx).await
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        self.write(cx, "provision", self.inner.provision(cx, request)).await
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        self.write(cx, "pin", self.inner.pin(cx, request)).await
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        self.write(cx, "remove", self.inner.remove(cx, request)).await
    }
}

#[async_trait]
impl<P: HealthProbe> HealthProbe for Logged<P> {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        self.read(cx, "probe").probe(cx, request).await
    }
}

#[async_trait]
impl<P: MetricSource> MetricSource for Logged<P> {
    fn capabilities(&self) -> MetricCapabilities {
        self.inner.capabilities()
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        self.read(cx, "sample").sample(cx, request).await
    }
}

#[async_trait]
impl<P: Check> Check for Logged<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        self.read(cx, "check").run(cx, request).await
    }
}

#[async_trait]
impl<P: Hook> Hook for Logged<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        self.write(cx, "hook", self.inner.run(cx, request)).await
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        self.read(cx, "find_hook").find(cx, request).await
    }
}

#[async_trait]
impl<P: Notifier> Notifier for Logged<P> {
    async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        self.read(cx, "notify").notify(cx, notice).await
    }
}
