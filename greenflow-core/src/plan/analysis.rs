//! What is measured while traffic is on green, and which limits it must keep.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::value::{MetricName, Severity, duration};

/// How one phase is watched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    /// How often a sample is taken; each sample covers the whole time since the last.
    #[serde(with = "duration")]
    pub every: Duration,
    /// How many bad samples in a row make a breach. The first already alerts, and the next is
    /// taken within 30 s.
    pub consecutive: u32,
    /// How long measurements may be missing before that is a breach.
    #[serde(with = "duration")]
    pub unknown_budget: Duration,
    /// How many requests green must have served before the phase may end.
    pub min_requests: u64,
    /// What must hold.
    pub limits: Vec<Limit>,
    /// Metrics that are recorded without a limit; their absence is noted, never a breach.
    pub recorded: Vec<MetricName>,
}

impl Analysis {
    /// Watches at this interval, with the defaults and without a limit so far.
    ///
    /// Two bad samples in a row are a breach: one can be chance, and the second comes within 30 s.
    /// Measurements may be missing for two intervals, and 3 min at least, so that one lost sample
    /// is no breach. Green must have served 100 requests: of fewer, a rate of 1 % says nothing.
    #[must_use]
    pub fn every(every: Duration) -> Self {
        Self {
            every,
            consecutive: 2,
            unknown_budget: every.saturating_mul(2).max(Duration::from_mins(3)),
            min_requests: 100,
            limits: Vec::new(),
            recorded: Vec::new(),
        }
    }

    /// Says how many bad samples in a row make a breach.
    #[must_use]
    pub const fn consecutive(mut self, samples: u32) -> Self {
        self.consecutive = samples;
        self
    }

    /// Says how long measurements may be missing before that is a breach.
    #[must_use]
    pub const fn unknown_budget(mut self, budget: Duration) -> Self {
        self.unknown_budget = budget;
        self
    }

    /// Says how many requests green must have served before the phase may end.
    #[must_use]
    pub const fn min_requests(mut self, requests: u64) -> Self {
        self.min_requests = requests;
        self
    }

    /// Adds a limit.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Records a metric without a limit.
    #[must_use]
    pub fn record(mut self, metric: MetricName) -> Self {
        self.recorded.push(metric);
        self
    }
}

/// One limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What people call it, and for events and gauges the series' name.
    pub metric: MetricName,
    /// The bound.
    pub bound: Bound,
    /// How bad it is when it does not hold.
    pub severity: Severity,
    /// The breach is critical when the measured value is this many times the bound or more.
    pub critical_at: Option<u32>,
}

impl Limit {
    /// Errors stay below this percentage of the requests. Named `error-rate`.
    #[must_use]
    pub fn error_rate_percent(percent: u32) -> Self {
        Self::error_rate_ppm(percent.saturating_mul(PPM_PER_PERCENT))
    }

    /// Errors stay below this many parts per million of the requests. Named `error-rate`.
    #[must_use]
    pub fn error_rate_ppm(below_ppm: u32) -> Self {
        Self::new(MetricName::well_known("error-rate"), Bound::ErrorRate { below_ppm })
    }

    /// At most half of the requests take longer than this. Named `p50`.
    #[must_use]
    pub fn p50(than: Duration) -> Self {
        Self::slower(MetricName::well_known("p50"), than, 500_000)
    }

    /// At most 5 % of the requests take longer than this. Named `p95`.
    #[must_use]
    pub fn p95(than: Duration) -> Self {
        Self::slower(MetricName::well_known("p95"), than, 50_000)
    }

    /// At most 1 % of the requests take longer than this. Named `p99`.
    #[must_use]
    pub fn p99(than: Duration) -> Self {
        Self::slower(MetricName::well_known("p99"), than, 10_000)
    }

    /// At most this many parts per million of the requests take longer than this.
    #[must_use]
    pub fn slower(metric: MetricName, than: Duration, over_ppm: u32) -> Self {
        Self::new(metric, Bound::SlowerThan { than, over_ppm })
    }

    /// Events of this series, such as an error tracker's, stay below this percentage of the
    /// requests.
    #[must_use]
    pub const fn events_percent(metric: MetricName, percent: u32) -> Self {
        let below_ppm = percent.saturating_mul(PPM_PER_PERCENT);
        Self::new(metric, Bound::Events { below_ppm })
    }

    /// The gauge stays below this many millionths of its unit.
    #[must_use]
    pub const fn gauge_micros(metric: MetricName, below_micros: i64) -> Self {
        Self::new(metric, Bound::Gauge { below_micros })
    }

    /// Demand on both sides together stays at or above this rate. Named `throughput`.
    #[must_use]
    pub fn throughput_per_second(at_least: u32) -> Self {
        let at_least_per_kilosecond = u64::from(at_least).saturating_mul(1000);
        Self::new(
            MetricName::well_known("throughput"),
            Bound::Throughput { at_least_per_kilosecond },
        )
    }

    /// Makes a limit whose breach is major: it rolls back.
    #[must_use]
    pub const fn new(metric: MetricName, bound: Bound) -> Self {
        Self { metric, bound, severity: Severity::Major, critical_at: None }
    }

    /// Says how bad a breach is.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Makes the breach critical when the measured value is this many times the bound or more.
    #[must_use]
    pub const fn critical_at(mut self, times: u32) -> Self {
        self.critical_at = Some(times);
        self
    }
}

const PPM_PER_PERCENT: u32 = 10_000;

/// What a limit compares. Integers only, so that a verdict is the same everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a judge answers each")]
pub enum Bound {
    /// Errors per request stay below this many parts per million.
    ErrorRate {
        /// Parts per million: 10 000 is 1 %.
        below_ppm: u32,
    },
    /// At most `over_ppm` of the requests take longer than `than`: "p95 < 500 ms" is 50 000 ppm
    /// slower than 500 ms.
    SlowerThan {
        /// The response time.
        #[serde(with = "duration")]
        than: Duration,
        /// Parts per million that may be slower: 50 000 is 5 %.
        over_ppm: u32,
    },
    /// Events of the named series (an error tracker's) per request stay below this many parts per
    /// million.
    Events {
        /// Parts per million: 10 000 is 1 %.
        below_ppm: u32,
    },
    /// The named gauge stays below this value, in millionths of its unit.
    Gauge {
        /// Millionths of the gauge's unit.
        below_micros: i64,
    },
    /// Demand, on both sides together, stays at or above this rate.
    Throughput {
        /// Requests per 1000 s.
        at_least_per_kilosecond: u64,
    },
}
