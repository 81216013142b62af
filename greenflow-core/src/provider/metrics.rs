//! What the requests say.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, ProviderError};
use crate::value::{MetricName, Side, WallTime, duration};

/// Measures both sides over closed intervals, in counts and never in rates.
///
/// # Contract
/// - **MS-1** The answer's `start` and `end` say which closed interval the counts really cover;
///   it lies within what was asked for. Nothing is extrapolated.
/// - **MS-2** Intervals that do not overlap never count a request twice.
/// - **MS-3** `None` for a side is "not known". Zero is only zero when it was measured: for a
///   source that publishes only non-zero values, when the balancer's own total exists for that
///   closed interval.
/// - **MS-4** `errors` and each `slower_than` count are at most `requests`.
/// - **MS-5** Counts are of the side they are filed under, by what answered.
/// - **MS-6** An interval that ends later than now less [`MetricCapabilities::delay`] is refused
///   with `Unavailable`, or answered with a shorter `end`.
/// - **MS-7** A metric it does not know is absent from the answer, never 0.
#[async_trait]
pub trait MetricSource: fmt::Debug + Send + Sync + 'static {
    /// Says what the source can do. Constant for the life of the provider.
    fn capabilities(&self) -> MetricCapabilities;

    /// Counts one closed interval.
    ///
    /// # Errors
    /// [`ProviderError`] when it cannot be read.
    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError>;
}

/// What a metric source can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MetricCapabilities {
    /// The shortest interval that makes sense.
    #[serde(with = "duration")]
    pub shortest: Duration,
    /// How long after its end an interval is complete.
    #[serde(with = "duration")]
    pub delay: Duration,
}

/// Which interval, and what of it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SampleRequest {
    /// First moment.
    pub start: WallTime,
    /// First moment after it.
    pub end: WallTime,
    /// The response times for which slower requests are counted.
    pub thresholds: Vec<Duration>,
    /// The named events and gauges.
    pub metrics: Vec<MetricName>,
}

impl SampleRequest {
    /// Asks for the interval from `start` to `end`.
    #[must_use]
    pub const fn new(start: WallTime, end: WallTime) -> Self {
        Self { start, end, thresholds: Vec::new(), metrics: Vec::new() }
    }
}

/// The counts of one closed interval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IntervalSample {
    /// First moment it covers.
    pub start: WallTime,
    /// First moment after it.
    pub end: WallTime,
    /// Blue's counts; `None` is not known.
    pub blue: Option<SideSample>,
    /// Green's counts; `None` is not known.
    pub green: Option<SideSample>,
    /// Requests that no side served, if the source knows. For whom they were is not known: while they
    /// are more than one in twenty, the others show no split between both sides.
    pub unserved: Option<u64>,
}

impl IntervalSample {
    /// Returns one side's counts.
    #[must_use]
    pub const fn side(&self, side: Side) -> Option<&SideSample> {
        match side {
            Side::Blue => self.blue.as_ref(),
            Side::Green => self.green.as_ref(),
        }
    }
}

/// The counts of one side in one interval.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SideSample {
    /// Requests answered, also with errors.
    pub requests: u64,
    /// Of these, answered with an error.
    pub errors: u64,
    /// Of these, slower than the thresholds asked for.
    pub slower: Vec<SlowerThan>,
    /// Named events, such as an error tracker's.
    pub events: BTreeMap<MetricName, u64>,
    /// Named gauges, in millionths of their unit.
    pub gauges: BTreeMap<MetricName, i64>,
}

/// How many requests were slower than a threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlowerThan {
    /// The threshold.
    #[serde(with = "duration")]
    pub than: Duration,
    /// How many.
    pub count: u64,
}
