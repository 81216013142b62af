//! What the requests do while nothing changes.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::value::MetricName;

use crate::world::{BySide, Latency};

/// What the requests do while nothing changes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Rates {
    /// Requests a second.
    pub(crate) demand: f64,
    /// Each side's share of them; what is left is routed to nobody.
    pub(crate) share: BySide<f64>,
    /// What becomes of them there.
    pub(crate) side: BySide<SideRates>,
}

impl Rates {
    /// Returns whether the new version harms people: more of its requests fail, or take longer
    /// than `limit`, than any good version's would, or it has traffic and serves nobody.
    pub(crate) fn harms(&self, limit: Duration) -> bool {
        let green = &self.side.green;
        let slow = green.latency.slower_than(limit);
        self.share.green > 0.0 && (!green.up || green.failing() > FAILING || slow > SLOW)
    }
}

/// More than this is no noise any more.
const FAILING: f64 = 0.01;
const SLOW: f64 = 0.05;

/// What becomes of a side's requests.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct SideRates {
    /// Whether any target answers; otherwise nobody serves them.
    pub(crate) up: bool,
    /// The share that fails because it is over the side's capacity.
    pub(crate) overflow: f64,
    /// The share of the rest that fails.
    pub(crate) errors: f64,
    /// How long the others take.
    pub(crate) latency: Latency,
    /// Named events for each request.
    pub(crate) events: BTreeMap<MetricName, f64>,
}

impl SideRates {
    /// Returns the share of requests that fail for either reason.
    pub(crate) fn failing(&self) -> f64 {
        self.overflow + (1.0 - self.overflow) * self.errors
    }
}
