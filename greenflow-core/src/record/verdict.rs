//! What the measurements said.

use serde::{Deserialize, Serialize};

use super::{Zone, ZonedTime};
use crate::fact::{Finding, FindingUnit, Judged, Scope, Totals};
use crate::value::{MetricName, Severity, Side, Verdict, WallTime};

/// What a run of samples said, with the numbers it rests on. There is one whenever the verdict
/// changed, closed a gate or fed a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerdictRecord {
    /// When it was reached.
    pub at: ZonedTime,
    /// In which part of the rollout.
    pub scope: Scope,
    /// What the samples said.
    pub verdict: JudgedAs,
    /// How bad; `null` unless it is a breach.
    pub severity: Option<Severity>,
    /// Limit by limit, of the last sample.
    pub findings: Vec<FindingRecord>,
    /// First moment of the counts.
    pub from: ZonedTime,
    /// First moment after them.
    pub until: ZonedTime,
    /// The counts since the verdict before.
    pub totals: Totals,
}

/// The three verdicts. Nothing missing is ever `healthy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum JudgedAs {
    /// Measured, and inside every limit.
    Healthy,
    /// Measured, and outside a limit.
    Breach,
    /// Not measured.
    Unknown,
}

/// What one limit said of one side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FindingRecord {
    /// The limit's name.
    pub metric: MetricName,
    /// Of which side.
    pub side: Side,
    /// What it said.
    pub verdict: JudgedAs,
    /// How bad; `null` unless it is a breach.
    pub severity: Option<Severity>,
    /// The measured value, counted in `unit`; `null` when there was none.
    pub value: Option<i64>,
    /// The bound, counted in `unit`; `null` for a metric that is only recorded.
    pub bound: Option<i64>,
    /// What the two are counted in.
    pub unit: FindingScale,
    /// The response time above which a request was counted, in milliseconds, if that is the unit.
    pub slower_than_millis: Option<u64>,
    /// How many requests it rests on.
    pub requests: u64,
    /// The same for people: `green error-rate 0.31 % (limit 1 %)`.
    pub text: String,
}

/// What a finding's numbers are counted in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "whoever shows a number must know its unit")]
pub enum FindingScale {
    /// Parts per million of the requests.
    PartsPerMillion,
    /// Parts per million of the requests that were slower than `slower_than_millis`.
    PartsPerMillionSlower,
    /// Millionths of the gauge's own unit.
    Micros,
    /// Requests per 1000 s.
    PerKilosecond,
    /// Targets.
    Targets,
}

impl VerdictRecord {
    pub(super) fn of(judged: &Judged, at: WallTime, zone: &Zone) -> Self {
        let (verdict, severity) = split(judged.verdict);
        Self {
            at: zone.show(at),
            scope: judged.scope,
            verdict,
            severity,
            findings: judged.findings.iter().map(FindingRecord::of).collect(),
            from: zone.show(judged.from),
            until: zone.show(judged.until),
            totals: judged.totals,
        }
    }
}

impl FindingRecord {
    fn of(finding: &Finding) -> Self {
        let (verdict, severity) = split(finding.verdict);
        let (unit, slower_than_millis) = FindingScale::of(&finding.unit);
        Self {
            metric: finding.metric.clone(),
            side: finding.side,
            verdict,
            severity,
            value: finding.value,
            bound: finding.bound,
            unit,
            slower_than_millis,
            requests: finding.requests,
            text: finding.to_string(),
        }
    }
}

impl FindingScale {
    pub(super) const fn of(unit: &FindingUnit) -> (Self, Option<u64>) {
        match unit {
            FindingUnit::PartsPerMillion => (Self::PartsPerMillion, None),
            FindingUnit::PartsPerMillionSlower { than_millis } => {
                (Self::PartsPerMillionSlower, Some(*than_millis))
            }
            FindingUnit::Micros => (Self::Micros, None),
            FindingUnit::PerKilosecond => (Self::PerKilosecond, None),
            FindingUnit::Targets => (Self::Targets, None),
        }
    }
}

const fn split(verdict: Verdict) -> (JudgedAs, Option<Severity>) {
    match verdict {
        Verdict::Healthy => (JudgedAs::Healthy, None),
        Verdict::Breach(severity) => (JudgedAs::Breach, Some(severity)),
        Verdict::Unknown => (JudgedAs::Unknown, None),
    }
}
