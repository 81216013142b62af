//! What the checks of a metric source share.

use std::sync::Arc;
use std::time::Duration;

use super::{MetricFixture, Served};
use crate::provider::{IntervalSample, MetricSource, ProviderError, SampleRequest};
use crate::testkit::bench::{Bench, stimulus};
use crate::testkit::result::{Checked, made};
use crate::value::{MetricName, Side, WallTime};

/// The kit's hand on a metric source.
pub(super) struct Hand<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) metrics: Arc<dyn MetricSource>,
    fixture: &'a dyn MetricFixture,
}

impl<'a> Hand<'a> {
    pub(super) fn new(fixture: &'a dyn MetricFixture) -> Checked<Self> {
        Ok(Self { bench: Bench::new(fixture)?, metrics: fixture.metrics(), fixture })
    }

    /// Lets one side serve for a while that the source can measure.
    pub(super) async fn serve(&self, side: Side) -> Checked<Served> {
        let span = self.metrics.capabilities().shortest.saturating_mul(2).max(SPAN);
        stimulus(self.fixture.serve(side, span).await)
    }

    /// Waits until everything so far is complete.
    pub(super) async fn complete(&self) -> Checked {
        let delay = self.metrics.capabilities().delay;
        self.bench.let_pass(delay.saturating_add(MARGIN)).await?;
        self.bench.settle().await
    }

    pub(super) fn request(start: WallTime, end: WallTime) -> Checked<SampleRequest> {
        let mut request = SampleRequest::new(start, end);
        request.thresholds = [1, 100, 500].map(Duration::from_millis).to_vec();
        request.metrics = vec![made(MetricName::new(crate::testkit::names::UNKNOWN))?];
        Ok(request)
    }

    /// Asks for an interval, however that ends.
    pub(super) async fn ask(
        &self,
        start: WallTime,
        end: WallTime,
    ) -> Checked<Result<IntervalSample, ProviderError>> {
        let (cx, request) = (self.bench.read(), Self::request(start, end)?);
        self.bench.answer("sample", self.metrics.sample(&cx, request)).await
    }

    /// Asks for a complete interval, which must be answered.
    pub(super) async fn sample(&self, start: WallTime, end: WallTime) -> Checked<IntervalSample> {
        let (cx, request) = (self.bench.read(), Self::request(start, end)?);
        self.bench.ok("sample", self.metrics.sample(&cx, request)).await
    }
}

/// Returns the requests of both sides together.
pub(super) fn requests(sample: &IntervalSample) -> u64 {
    [Side::Blue, Side::Green].map(|side| of(sample, side)).into_iter().sum()
}

/// Returns the requests of one side; not known counts as none.
pub(super) fn of(sample: &IntervalSample, side: Side) -> u64 {
    sample.side(side).map_or(0, |side| side.requests)
}

/// For so long requests are served, at least.
const SPAN: Duration = Duration::from_secs(60);
/// What is complete is asked for a little after.
const MARGIN: Duration = Duration::from_millis(10);
