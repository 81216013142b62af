//! Every trait for `Arc<T>` and `Box<T>`: a shared or boxed provider is a provider.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Append, CallContext, Check, CheckReport, CheckRequest, Claim, Clock, Compute,
    ComputeCapabilities, Create, HealthProbe, Hook, HookReport, HookRequest, IntervalSample,
    Journal, JournalError, Lease, LeaseToken, ListFilter, LoadBalancer, LoadBalancerCapabilities,
    MetricCapabilities, MetricSource, Notice, Notifier, ObservedSplit, Pin, ProbeReport,
    ProbeRequest, ProviderError, Provision, Provisioned, Remove, Rest, SampleRequest, SetSplit,
    SharedJournal, Sides, StoredFrame, Summary,
};
use crate::value::{RolloutId, WallTime};

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: LoadBalancer + ?Sized> LoadBalancer for $pointer<T> {
            fn capabilities(&self) -> LoadBalancerCapabilities {
                (**self).capabilities()
            }

            async fn set_split(
                &self,
                cx: &CallContext,
                request: SetSplit,
            ) -> Result<(), ProviderError> {
                (**self).set_split(cx, request).await
            }

            async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
                (**self).read_split(cx).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Compute + ?Sized> Compute for $pointer<T> {
            fn capabilities(&self) -> ComputeCapabilities {
                (**self).capabilities()
            }

            async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
                (**self).describe(cx).await
            }

            async fn provision(
                &self,
                cx: &CallContext,
                request: Provision,
            ) -> Result<Provisioned, ProviderError> {
                (**self).provision(cx, request).await
            }

            async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
                (**self).pin(cx, request).await
            }

            async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
                (**self).remove(cx, request).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: HealthProbe + ?Sized> HealthProbe for $pointer<T> {
            async fn probe(
                &self,
                cx: &CallContext,
                request: ProbeRequest,
            ) -> Result<ProbeReport, ProviderError> {
                (**self).probe(cx, request).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: MetricSource + ?Sized> MetricSource for $pointer<T> {
            fn capabilities(&self) -> MetricCapabilities {
                (**self).capabilities()
            }

            async fn sample(
                &self,
                cx: &CallContext,
                request: SampleRequest,
            ) -> Result<IntervalSample, ProviderError> {
                (**self).sample(cx, request).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Check + ?Sized> Check for $pointer<T> {
            async fn run(
                &self,
                cx: &CallContext,
                request: CheckRequest,
            ) -> Result<CheckReport, ProviderError> {
                (**self).run(cx, request).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Hook + ?Sized> Hook for $pointer<T> {
            async fn run(
                &self,
                cx: &CallContext,
                request: HookRequest,
            ) -> Result<HookReport, ProviderError> {
                (**self).run(cx, request).await
            }

            async fn find(
                &self,
                cx: &CallContext,
                request: HookRequest,
            ) -> Result<Option<HookReport>, ProviderError> {
                (**self).find(cx, request).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Notifier + ?Sized> Notifier for $pointer<T> {
            async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError> {
                (**self).notify(cx, notice).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Journal + ?Sized> Journal for $pointer<T> {
            async fn create(&self, request: Create) -> Result<Lease, JournalError> {
                (**self).create(request).await
            }

            async fn append(&self, request: Append) -> Result<(), JournalError> {
                (**self).append(request).await
            }

            async fn read(
                &self,
                rollout: &RolloutId,
                after: u64,
                limit: usize,
            ) -> Result<Vec<StoredFrame>, JournalError> {
                (**self).read(rollout, after, limit).await
            }

            async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
                (**self).claim(request).await
            }

            async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
                (**self).renew(token, ttl).await
            }

            async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
                (**self).release(token, rest).await
            }

            async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
                (**self).list(filter).await
            }
        }

        impl<T: SharedJournal + ?Sized> SharedJournal for $pointer<T> {}

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: Clock + ?Sized> Clock for $pointer<T> {
            fn monotonic(&self) -> Duration {
                (**self).monotonic()
            }

            fn wall(&self) -> WallTime {
                (**self).wall()
            }

            async fn sleep_until(&self, deadline: Duration) {
                (**self).sleep_until(deadline).await;
            }
        }
    };
}

forward!(Arc);
forward!(Box);
