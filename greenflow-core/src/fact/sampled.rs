//! What measurements said, with the numbers they rest on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::provider::IntervalSample;
use crate::value::{MetricName, Side, Verdict, WallTime};

/// What a run of samples said. Journaled when the verdict changes, closes a gate, or feeds a
/// report; the counts are all that was measured since the last such fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// In which part of the rollout.
    pub scope: Scope,
    /// What they said.
    pub verdict: Verdict,
    /// Limit by limit, of the last sample.
    pub findings: Vec<Finding>,
    /// First moment of the counts.
    pub from: WallTime,
    /// First moment after them.
    pub until: WallTime,
    /// By how many milliseconds the source's clock was ahead of rollout time at least, as the samples
    /// themselves showed. Whoever comes later knows by it what is old, whatever its own clock says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ahead: Option<i64>,
    /// The counts.
    pub totals: Totals,
}

/// The part of the rollout a judgement belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each has its own analysis in the plan")]
pub enum Scope {
    /// Blue alone, before anything is touched.
    Preflight,
    /// A step of the shift.
    Shift,
    /// The bake, and the confirmation after it.
    Bake,
    /// The long watch.
    Watch,
    /// The way back.
    Rollback,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preflight => "preflight",
            Self::Shift => "shift",
            Self::Bake => "bake",
            Self::Watch => "watch",
            Self::Rollback => "rollback",
        })
    }
}

/// What one limit said of one side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The limit's name.
    pub metric: MetricName,
    /// Of which side.
    pub side: Side,
    /// What it said.
    pub verdict: Verdict,
    /// The measured value; `None` when there was none.
    pub value: Option<i64>,
    /// The bound; `None` for a metric without one.
    pub bound: Option<i64>,
    /// What the two are counted in.
    pub unit: FindingUnit,
    /// How many requests it rests on.
    pub requests: u64,
}

/// What a finding's numbers are counted in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "whoever shows a number must know its unit")]
pub enum FindingUnit {
    /// Parts per million of the requests.
    PartsPerMillion,
    /// Parts per million of the requests that were slower than this many milliseconds.
    PartsPerMillionSlower {
        /// The response time.
        than_millis: u64,
    },
    /// Millionths of the gauge's own unit.
    Micros,
    /// Requests per 1000 s.
    PerKilosecond,
    /// Targets.
    Targets,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.side, self.metric)?;
        let Some(value) = self.value else { return write!(f, " not measured") };
        let show = |f: &mut fmt::Formatter<'_>, number: i64| match &self.unit {
            FindingUnit::PartsPerMillion => write!(f, "{} %", decimal(number, 10_000)),
            FindingUnit::PartsPerMillionSlower { than_millis } => {
                write!(f, "{} % slower than {than_millis} ms", decimal(number, 10_000))
            }
            FindingUnit::Micros => write!(f, "{}", decimal(number, 1_000_000)),
            FindingUnit::PerKilosecond => write!(f, "{} req/s", decimal(number, 1000)),
            FindingUnit::Targets => write!(f, "{number} targets"),
        };
        f.write_str(" ")?;
        show(f, value)?;
        if let Some(bound) = self.bound {
            f.write_str(" (limit ")?;
            show(f, bound)?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// Writes `number / unit` with two decimals, in integers.
fn decimal(number: i64, unit: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let hundredths = (i128::from(number).abs() * 100) / i128::from(unit);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:02}") }
}

/// Counts by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Blue's.
    pub blue: Counts,
    /// Green's.
    pub green: Counts,
    /// Requests that no side served, as far as the source knows.
    pub unserved: u64,
}

/// The counts of one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Requests answered, also with errors.
    pub requests: u64,
    /// Of these, answered with an error.
    pub errors: u64,
    /// Of these, slower than the analysis' tightest response-time limit.
    pub slow: u64,
}

impl Totals {
    /// Adds one sample; `slow_over_millis` is the limit that makes a request slow.
    pub fn add_sample(&mut self, sample: &IntervalSample, slow_over_millis: Option<u64>) {
        for (counts, side) in [(&mut self.blue, &sample.blue), (&mut self.green, &sample.green)] {
            let Some(side) = side else { continue };
            let slow = side
                .slower
                .iter()
                .find(|slower| Some(slower.than.as_millis()) == slow_over_millis.map(u128::from))
                .map_or(0, |slower| slower.count);
            counts.requests = counts.requests.saturating_add(side.requests);
            counts.errors = counts.errors.saturating_add(side.errors);
            counts.slow = counts.slow.saturating_add(slow);
        }
        self.unserved = self.unserved.saturating_add(sample.unserved.unwrap_or(0));
    }

    /// Adds other totals.
    pub const fn add(&mut self, other: &Self) {
        self.blue.add(&other.blue);
        self.green.add(&other.green);
        self.unserved = self.unserved.saturating_add(other.unserved);
    }
}

impl Counts {
    const fn add(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.errors = self.errors.saturating_add(other.errors);
        self.slow = self.slow.saturating_add(other.slow);
    }
}
