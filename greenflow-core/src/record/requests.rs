//! How many requests there were, and how they fared.

use serde::{Deserialize, Serialize};

use crate::fact::Totals;

/// The requests that were measured while the rollout ran, and how they fared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestTotals {
    /// Answered by blue, also with errors.
    pub blue: u64,
    /// Answered by green, also with errors.
    pub green: u64,
    /// Served by neither side, as far as the source knows.
    pub nobody: u64,
    /// Answered with an error, by either side.
    pub failed: u64,
    /// Harmed by the new version: errors on green, requests on green slower than its limit, and
    /// those that nobody served. An upper bound: a request that failed and was slow counts twice.
    pub harmed: u64,
    /// Of blue's, answered with an error.
    pub blue_errors: u64,
    /// Of green's, answered with an error.
    pub green_errors: u64,
    /// Of green's, slower than the tightest response-time limit.
    pub green_slow: u64,
}

impl RequestTotals {
    pub(super) const fn add(&mut self, totals: &Totals) {
        let Totals { blue, green, unserved } = totals;
        self.blue = self.blue.saturating_add(blue.requests);
        self.green = self.green.saturating_add(green.requests);
        self.nobody = self.nobody.saturating_add(*unserved);
        self.blue_errors = self.blue_errors.saturating_add(blue.errors);
        self.green_errors = self.green_errors.saturating_add(green.errors);
        self.green_slow = self.green_slow.saturating_add(green.slow);
        self.failed = self.blue_errors.saturating_add(self.green_errors);
        self.harmed = self.green_errors.saturating_add(self.green_slow).saturating_add(self.nobody);
    }
}
