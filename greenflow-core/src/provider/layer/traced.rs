//! A provider whose calls are seen by `tracing`.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use tracing::{Instrument, Span, debug, debug_span, warn};

use crate::provider::{
    Append, CallContext, Check, CheckReport, CheckRequest, Claim, Compute, ComputeCapabilities,
    Create, HealthProbe, Hook, HookReport, HookRequest, IntervalSample, Journal, JournalError,
    Lease, LeaseToken, ListFilter, LoadBalancer, LoadBalancerCapabilities, MetricCapabilities,
    MetricSource, Notice, Notifier, ObservedSplit, Pin, ProbeReport, ProbeRequest, ProviderError,
    Provision, Provisioned, Remove, Rest, SampleRequest, SetSplit, SharedJournal, Sides,
    StoredFrame, Summary,
};
use crate::value::RolloutId;

/// A provider whose calls are seen by `tracing`: a span `call` for each, with the provider's name,
/// the operation, rollout, effect and attempt; in it an event for how the call ended, a failure
/// as a warning.
///
/// A call that is dropped shows as a span that closes without an event.
#[derive(Clone, Debug)]
pub struct Traced<P> {
    name: String,
    inner: P,
}

impl<P> Traced<P> {
    /// Shows the calls of `inner` under this name.
    #[must_use]
    pub fn new(name: impl Into<String>, inner: P) -> Self {
        Self { name: name.into(), inner }
    }

    async fn follow<T, E: fmt::Display>(
        &self,
        span: Span,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let followed = async {
            let answer = call.await;
            match &answer {
                Ok(_) => debug!("answered"),
                Err(error) => warn!(%error, "failed"),
            }
            answer
        };
        followed.instrument(span).await
    }

    fn span(&self, cx: &CallContext, operation: &'static str) -> Span {
        let effect = cx.effect.map(tracing::field::display);
        let (name, rollout, attempt) = (&self.name, &cx.rollout, cx.attempt);
        debug_span!("call", provider = %name, operation, %rollout, effect, attempt)
    }

    fn rollout_span(&self, rollout: &RolloutId, operation: &'static str) -> Span {
        debug_span!("call", provider = %self.name, operation, %rollout)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: LoadBalancer> LoadBalancer for Traced<P> {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        self.inner.capabilities()
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        self.follow(self.span(cx, "set_split"), self.inner.set_split(cx, request)).await
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        self.follow(self.span(cx, "read_split"), self.inner.read_split(cx)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Compute> Compute for Traced<P> {
    fn capabilities(&self) -> ComputeCapabilities {
        self.inner.capabilities()
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        self.follow(self.span(cx, "describe"), self.inner.describe(cx)).await
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        self.follow(self.span(cx, "provision"), self.inner.provision(cx, request)).await
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        self.follow(self.span(cx, "pin"), self.inner.pin(cx, request)).await
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        self.follow(self.span(cx, "remove"), self.inner.remove(cx, request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: HealthProbe> HealthProbe for Traced<P> {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        self.follow(self.span(cx, "probe"), self.inner.probe(cx, request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: MetricSource> MetricSource for Traced<P> {
    fn capabilities(&self) -> MetricCapabilities {
        self.inner.capabilities()
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        self.follow(self.span(cx, "sample"), self.inner.sample(cx, request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Check> Check for Traced<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        self.follow(self.span(cx, "run_check"), self.inner.run(cx, request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Hook> Hook for Traced<P> {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        self.follow(self.span(cx, "run_hook"), self.inner.run(cx, request)).await
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        self.follow(self.span(cx, "find_hook"), self.inner.find(cx, request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Notifier> Notifier for Traced<P> {
    async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        self.follow(self.span(cx, "notify"), self.inner.notify(cx, notice)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Journal> Journal for Traced<P> {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        let span = self.rollout_span(&request.rollout, "create");
        self.follow(span, self.inner.create(request)).await
    }

    async fn append(&self, request: Append) -> Result<(), JournalError> {
        let span = self.rollout_span(&request.token.rollout, "append");
        self.follow(span, self.inner.append(request)).await
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        let span = self.rollout_span(rollout, "read");
        self.follow(span, self.inner.read(rollout, after, limit)).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        let span = self.rollout_span(&request.rollout, "claim");
        self.follow(span, self.inner.claim(request)).await
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        let span = self.rollout_span(&token.rollout, "renew");
        self.follow(span, self.inner.renew(token, ttl)).await
    }

    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
        let span = self.rollout_span(&token.rollout, "release");
        self.follow(span, self.inner.release(token, rest)).await
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        let span = debug_span!("call", provider = %self.name, operation = "list");
        self.follow(span, self.inner.list(filter)).await
    }
}

impl<P: SharedJournal> SharedJournal for Traced<P> {}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Waker};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::with_default;
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use crate::provider::{CheckStage, FenceToken, NoChecks};
    use crate::value::{CheckName, Digest, EffectId, Revision};

    /// Writes down spans and events, one a line.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.push_str(&format!(" {field}={value:?}"));
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut line = Line(span.metadata().name().to_owned());
            span.record(&mut line);
            self.0.lock().unwrap().push(line.0);
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_call_is_a_span_and_its_end_an_event() {
        let lines = Lines::default();
        with_default(lines.clone(), || {
            let rollout = RolloutId::new("r-1").unwrap();
            let cx = CallContext::new(rollout, FenceToken::default(), Duration::from_secs(1))
                .for_effect(EffectId::new(4))
                .attempt(2);
            let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
            let revision = Revision::new("api", digest);
            let name = CheckName::new("e2e").unwrap();
            let traced = Traced::new("suites", NoChecks);
            let call = traced.run(&cx, CheckRequest::new(name, CheckStage::Verify, revision));
            assert!(pin!(call).poll(&mut Context::from_waker(Waker::noop())).is_ready());
        });
        let lines = lines.0.lock().unwrap();
        assert_eq!(
            lines[0],
            "call provider=suites operation=\"run_check\" rollout=r-1 effect=#4 attempt=2"
        );
        assert!(lines[1].starts_with("WARN message=failed error=run check failed"), "{}", lines[1]);
        assert_eq!(lines.len(), 2);
    }
}
