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
