//! How a figure is spread over many runs.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// How a figure is spread over many runs: its least, median, 99th percentile and greatest. The
/// quantiles are right to a thousandth of their value; the memory does not grow with the runs.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// In how many runs there was the figure at all.
    pub count: u64,
    /// The least.
    pub min: f64,
    /// Half of the runs have at most this.
    pub p50: f64,
    /// All runs but one in a hundred have at most this.
    pub p99: f64,
    /// The greatest.
    pub max: f64,
}

/// Collects a figure over many runs.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    values: Histogram<u64>,
    /// How much one recorded step is.
    unit: f64,
}

impl Collector {
    /// Collects counts.
    pub(super) fn of_counts() -> Self {
        Self { values: histogram(), unit: 1.0 }
    }

    /// Collects spans, to the millisecond; they are shown in seconds.
    pub(super) fn of_spans() -> Self {
        Self { values: histogram(), unit: 0.001 }
    }

    pub(super) fn add(&mut self, value: u64) {
        self.values.saturating_record(value);
    }

    pub(super) fn add_span(&mut self, span: Duration) {
        self.add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        // Both have the same bounds and precision, so every value of one fits into the other.
        let _: Result<(), _> = self.values.add(&other.values);
    }

    /// Returns the spread; `None` when no run had the figure.
    pub(super) fn spread(&self) -> Option<Spread> {
        let values = &self.values;
        #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
        let shown = |value: u64| value as f64 * self.unit;
        (!values.is_empty()).then(|| Spread {
            count: values.len(),
            min: shown(values.min()),
            p50: shown(values.value_at_quantile(0.5)),
            p99: shown(values.value_at_quantile(0.99)),
            max: shown(values.max()),
        })
    }
}

#[expect(clippy::expect_used, reason = "the bounds are constants that the histogram accepts")]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MOST, DIGITS).expect("valid bounds")
}

/// More than any figure of a run: requests, calls, or milliseconds.
const MOST: u64 = 1 << 40;
const DIGITS: u8 = 3;
