//! The providers of one engine, bundled.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    CallContext, Capabilities, Check, CheckReport, CheckRequest, Compute, ErrorKind, HealthProbe,
    Hook, HookReport, HookRequest, LoadBalancer, MetricSource, Notice, Notifier, ProviderError,
};

/// The providers of one engine. Balancer, compute, probes and metrics are mandatory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Providers {
    /// Who gets the traffic.
    pub load_balancer: Arc<dyn LoadBalancer>,
    /// Where the sides run.
    pub compute: Arc<dyn Compute>,
    /// Whether they are healthy.
    pub health: Arc<dyn HealthProbe>,
    /// What the requests say.
    pub metrics: Arc<dyn MetricSource>,
    /// Suites and checks; without one, a plan that names checks is refused by its first check.
    pub checks: Arc<dyn Check>,
    /// The host's own actions.
    pub hooks: Arc<dyn Hook>,
    /// Telling people; without one, notices stay in the record.
    pub notifier: Arc<dyn Notifier>,
}

impl Providers {
    /// Bundles the mandatory four; the rest answer that they are not there.
    #[must_use]
    pub fn new(
        load_balancer: Arc<dyn LoadBalancer>,
        compute: Arc<dyn Compute>,
        health: Arc<dyn HealthProbe>,
        metrics: Arc<dyn MetricSource>,
    ) -> Self {
        Self {
            load_balancer,
            compute,
            health,
            metrics,
            checks: Arc::new(NoChecks),
            hooks: Arc::new(NoHooks),
            notifier: Arc::new(NoNotices),
        }
    }

    /// Adds the provider of checks.
    #[must_use]
    pub fn with_checks(mut self, checks: Arc<dyn Check>) -> Self {
        self.checks = checks;
        self
    }

    /// Adds the provider of hooks.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Arc<dyn Hook>) -> Self {
        self.hooks = hooks;
        self
    }

    /// Adds the notifier.
    #[must_use]
    pub fn with_notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifier = notifier;
        self
    }

    /// Returns what the providers together can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            load_balancer: self.load_balancer.capabilities(),
            compute: self.compute.capabilities(),
            metrics: self.metrics.capabilities(),
        }
    }
}

/// Knows no check: each one asked for is `NotFound`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct NoChecks;

#[async_trait]
impl Check for NoChecks {
    async fn run(
        &self,
        _: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        Err(ProviderError::new(ErrorKind::NotFound, "run check")
            .not_applied()
            .on(request.check.as_str())
            .because("the host has no provider of checks"))
    }
}

/// Knows no hook: each one asked for is refused as `InvalidRequest`, since waiting for a hook that
/// nobody provides cannot help.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct NoHooks;

#[async_trait]
impl Hook for NoHooks {
    async fn run(
        &self,
        _: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        Err(ProviderError::new(ErrorKind::InvalidRequest, "run hook")
            .not_applied()
            .on(request.hook.as_str())
            .because("the host has no provider of hooks"))
    }

    async fn find(
        &self,
        _: &CallContext,
        _: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        Ok(None)
    }
}

/// Takes every notice and shows it nowhere; the record has them all.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct NoNotices;

#[async_trait]
impl Notifier for NoNotices {
    async fn notify(&self, _: &CallContext, _: Notice) -> Result<(), ProviderError> {
        Ok(())
    }
}
