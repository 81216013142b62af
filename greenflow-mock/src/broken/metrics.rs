//! Metric sources that are wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, IntervalSample, MetricCapabilities, MetricSource, ProviderError, SampleRequest,
    SideSample,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::WallTime;

use super::memory::Memory;
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a metric source does wrong.
    MetricMistake {
        /// It says that it covers a second more than was asked for.
        CoversMore = ("covers-more", "MS-1"),
        /// It counts a request on the seam of two intervals in both.
        CountsTheSeamTwice = ("counts-the-seam-twice", "MS-2"),
        /// It says 0 when it does not know.
        SaysZero = ("says-zero", "MS-3"),
        /// It finds more errors than requests.
        FindsTooManyErrors = ("finds-too-many-errors", "MS-4"),
        /// It files each side's counts under the other.
        SwapsSides = ("swaps-sides", "MS-5"),
        /// It answers to the end that was asked for, though it has not come.
        SeesTheFuture = ("sees-the-future", "MS-6"),
        /// It has 0 of every metric that there is not.
        KnowsEveryMetric = ("knows-every-metric", "MS-7"),
    }
}

impl MetricMistake {
    /// Runs the test kit on a metric source that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::metrics(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenMetrics::new(self, fixture.providers().metrics))
        })
    }
}

/// A metric source that makes one mistake.
#[derive(Debug)]
pub struct BrokenMetrics {
    mistake: MetricMistake,
    inner: Arc<dyn MetricSource>,
    last_end: Memory<Option<WallTime>>,
}

impl BrokenMetrics {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: MetricMistake, inner: Arc<dyn MetricSource>) -> Self {
        Self { mistake, inner, last_end: Memory::default() }
    }

    fn spoil(&self, asked: &SampleRequest, sample: &mut IntervalSample) {
        let last_end = self.last_end.with(|last| last.replace(sample.end));
        match self.mistake {
            MetricMistake::CoversMore => {
                sample.start = sample.start.before(Duration::from_secs(1));
            }
            MetricMistake::CountsTheSeamTwice if last_end == Some(sample.start) => {
                sample.blue.iter_mut().for_each(|blue| blue.requests += 1);
            }
            MetricMistake::SaysZero => {
                sample.blue.get_or_insert_with(SideSample::default);
                sample.green.get_or_insert_with(SideSample::default);
            }
            MetricMistake::FindsTooManyErrors => {
                each(sample, |side| side.errors = side.requests + 1);
            }
            MetricMistake::SwapsSides => std::mem::swap(&mut sample.blue, &mut sample.green),
            MetricMistake::SeesTheFuture => sample.end = asked.end,
            MetricMistake::KnowsEveryMetric => each(sample, |side| {
                for name in &asked.metrics {
                    side.gauges.entry(name.clone()).or_insert(0);
                }
            }),
            MetricMistake::CountsTheSeamTwice => {}
        }
    }
}

#[async_trait]
impl MetricSource for BrokenMetrics {
    fn capabilities(&self) -> MetricCapabilities {
        self.inner.capabilities()
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        let mut sample = self.inner.sample(cx, request.clone()).await?;
        self.spoil(&request, &mut sample);
        Ok(sample)
    }
}

fn each(sample: &mut IntervalSample, mut spoil: impl FnMut(&mut SideSample)) {
    [&mut sample.blue, &mut sample.green].into_iter().flatten().for_each(&mut spoil);
}
