//! How a side behaves under requests.

use std::collections::BTreeMap;

use greenflow_core::value::MetricName;

use super::Latency;

/// How a side answers requests, until somebody changes it.
#[derive(Clone, PartialEq, Debug)]
pub struct SideModel {
    /// The share of requests that fail.
    pub errors: f64,
    /// How long the others take.
    pub latency: Latency,
    /// What differs under conditions; the last one that holds wins, field by field.
    pub rules: Vec<Rule>,
    /// Named events for each request, such as an error tracker's.
    pub events: BTreeMap<MetricName, f64>,
    /// Named gauges, in their unit.
    pub gauges: BTreeMap<MetricName, f64>,
}

/// What differs while all of its conditions hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rule {
    /// The side's share of the traffic is at least this.
    pub share_at_least: Option<f64>,
    /// The side gets at least this many requests a second.
    pub load_at_least: Option<f64>,
    /// Then this share of requests fails.
    pub errors: Option<f64>,
    /// And the others take so long.
    pub latency: Option<Latency>,
}

impl SideModel {
    /// Returns the error share and the response times at this share of the traffic and load.
    pub(crate) fn under(&self, share: f64, load: f64) -> (f64, Latency) {
        let mut now = (self.errors, self.latency);
        for rule in self.rules.iter().filter(|rule| rule.holds(share, load)) {
            now.0 = rule.errors.unwrap_or(now.0);
            now.1 = rule.latency.unwrap_or(now.1);
        }
        now
    }
}

impl Rule {
    fn holds(&self, share: f64, load: f64) -> bool {
        // A basis point is the finest share there is; less is the rounding of floats.
        self.share_at_least.is_none_or(|least| share + 0.5e-4 >= least)
            && self.load_at_least.is_none_or(|least| load >= least)
    }
}
