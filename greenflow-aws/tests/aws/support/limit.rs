//! How many calls AWS allows, as token buckets.

use std::time::Duration;

use super::fault::Op;

/// A bucket of calls that refills evenly.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) ops: Vec<Op>,
    pub(crate) per_second: f64,
    pub(crate) burst: f64,
    tokens: f64,
    at: Duration,
    /// How many calls were refused.
    pub(crate) refused: u64,
}

impl Limit {
    pub(crate) fn new(ops: &[Op], per_second: f64, burst: f64) -> Self {
        let at = Duration::ZERO;
        Self { ops: ops.to_vec(), per_second, burst, tokens: burst, at, refused: 0 }
    }

    pub(super) fn takes(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        self.at = now;
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        } else {
            self.refused += 1;
        }
        admitted
    }
}
