//! The requests, and the metric source that counts them.
//!
//! Nothing sends requests here. How many there were follows from the demand and from what the
//! balancer's weights were at each moment, so every process that asks gets the same answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Clock, ErrorKind, IntervalSample, MetricCapabilities, MetricSource, ProviderError,
    SampleRequest, SideSample, SlowerThan,
};
use greenflow_core::value::{MetricName, Side, WallTime};
use serde::{Deserialize, Serialize};

use super::balancer::{Balancing, Since};
use super::pace::Pace;
use super::store::{Document, Folder, refused};

/// `traffic.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Traffic {
    /// Since when there are requests.
    pub(super) since: WallTime,
    pub(super) per_second: u64,
    /// Whether anybody measures.
    pub(super) measured: bool,
    pub(super) blue: Behaviour,
    pub(super) green: Behaviour,
}

/// How a side answers requests.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Behaviour {
    /// Of a million requests, so many end with an error. The error tracker sees the same.
    pub(super) errors_ppm: u64,
    /// How long most requests take, and how long the slow ones.
    pub(super) millis: u64,
    pub(super) slow_millis: u64,
    /// Of a million requests, so many are slow.
    pub(super) slow_ppm: u64,
    /// In millionths of their unit.
    pub(super) gauges: BTreeMap<MetricName, i64>,
}

impl Document for Traffic {
    const FILE: &'static str = "traffic.json";
}

impl Traffic {
    /// Returns how many requests there were from the beginning until then.
    pub(super) fn demand(&self, until: WallTime) -> u64 {
        millis(until.since(self.since)).saturating_mul(self.per_second) / 1000
    }

    /// Returns how many of them a side got. Being counted from the beginning, an interval is the
    /// difference of two of these, and no request is in two intervals (MS-2).
    pub(super) fn served(&self, history: &[Since], side: Side, until: WallTime) -> u64 {
        let mut green = 0;
        for (place, since) in history.iter().enumerate() {
            let end = history.get(place + 1).map_or(until, |next| next.at.min(until));
            let requests = self.demand(end).saturating_sub(self.demand(since.at));
            green += requests * u64::from(since.green) / 10_000;
        }
        match side {
            Side::Blue => self.demand(until).saturating_sub(green),
            Side::Green => green,
        }
    }

    const fn behaviour(&self, side: Side) -> &Behaviour {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    fn count(
        &self,
        history: &[Since],
        side: Side,
        (start, end): (WallTime, WallTime),
        request: &SampleRequest,
    ) -> SideSample {
        let (before, after) = (self.served(history, side, start), self.served(history, side, end));
        let behaviour = self.behaviour(side);
        // A share is rounded of the running count, too: so a part is never larger than the whole,
        // and the parts add up (MS-4).
        let share = |ppm: u64| after * ppm / MILLION - before * ppm / MILLION;
        let slower = request.thresholds.iter().map(|than| {
            let over = |taken: u64| u128::from(taken) > than.as_millis();
            let ppm = if over(behaviour.millis) {
                MILLION
            } else if over(behaviour.slow_millis) {
                behaviour.slow_ppm
            } else {
                0
            };
            SlowerThan { than: *than, count: share(ppm) }
        });
        let mut sample = SideSample {
            requests: after - before,
            errors: share(behaviour.errors_ppm),
            slower: slower.collect(),
            ..SideSample::default()
        };
        // MS-7: what we do not know stays absent.
        for metric in &request.metrics {
            if metric.as_str() == ERROR_TRACKER {
                sample.events.insert(metric.clone(), sample.errors);
            } else if let Some(value) = behaviour.gauges.get(metric) {
                sample.gauges.insert(metric.clone(), *value);
            }
        }
        sample
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

const MILLION: u64 = 1_000_000;
const ERROR_TRACKER: &str = "error-tracker";
/// A metric source that counts the requests of `traffic.json`.
#[derive(Clone, Debug)]
pub struct FileMetrics {
    folder: Folder,
    clock: Arc<dyn Clock>,
    pace: Pace,
}

impl FileMetrics {
    pub(super) const fn new(folder: Folder, clock: Arc<dyn Clock>, pace: Pace) -> Self {
        Self { folder, clock, pace }
    }
}

#[async_trait]
impl MetricSource for FileMetrics {
    fn capabilities(&self) -> MetricCapabilities {
        MetricCapabilities { shortest: self.pace.shortest, delay: self.pace.delay }
    }

    async fn sample(
        &self,
        _: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        let operation = "sample";
        // The balancer's document last: it then knows of every split up to now.
        let traffic: Traffic = self.folder.read(operation)?;
        let now = self.clock.wall();
        let balancing: Balancing = self.folder.read(operation)?;
        // MS-6 and MS-1: only what is complete, and the answer says what that is.
        let complete = now.before(self.pace.delay);
        let (start, end) = (request.start.max(traffic.since), request.end.min(complete));
        if end <= start {
            return Err(refused(ErrorKind::Unavailable, operation)
                .because("the interval is not complete yet"));
        }
        // MS-3: what nobody measured is not known, and not 0.
        let count = |side| {
            let history = &balancing.history;
            traffic.measured.then(|| traffic.count(history, side, (start, end), &request))
        };
        let (blue, green) = (count(Side::Blue), count(Side::Green));
        Ok(IntervalSample { start, end, blue, green, unserved: None })
    }
}
