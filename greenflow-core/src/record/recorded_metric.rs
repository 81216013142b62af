//! Metrics without a limit.

use serde::{Deserialize, Serialize};

use super::FindingScale;
use crate::fact::Finding;
use crate::value::{MetricName, Side};

/// A metric that has no limit and is only recorded: what its verdicts showed of it, at a glance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedMetric {
    /// Which.
    pub metric: MetricName,
    /// Of which side.
    pub side: Side,
    /// What the values are counted in.
    pub unit: FindingScale,
    /// In how many verdicts it was measured.
    pub measured: u64,
    /// In how many verdicts it was missing.
    pub missing: u64,
    /// The smallest value.
    pub min: Option<i64>,
    /// The largest value.
    pub max: Option<i64>,
    /// The last value.
    pub last: Option<i64>,
}

impl RecordedMetric {
    /// Adds a finding without a bound to the list.
    pub(super) fn note(list: &mut Vec<Self>, finding: &Finding) {
        let same = |known: &&mut Self| known.metric == finding.metric && known.side == finding.side;
        if let Some(known) = list.iter_mut().find(same) {
            known.add(finding.value);
            return;
        }
        let mut new = Self {
            metric: finding.metric.clone(),
            side: finding.side,
            unit: FindingScale::of(&finding.unit).0,
            measured: 0,
            missing: 0,
            min: None,
            max: None,
            last: None,
        };
        new.add(finding.value);
        list.push(new);
    }

    fn add(&mut self, value: Option<i64>) {
        let Some(value) = value else {
            self.missing = self.missing.saturating_add(1);
            return;
        };
        self.measured = self.measured.saturating_add(1);
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
        self.last = Some(value);
    }
}
