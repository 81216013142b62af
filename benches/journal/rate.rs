//! How many a second.

use std::fmt;
use std::time::{Duration, Instant};

/// How many a second, and how long the middle one took where each was timed.
pub(crate) struct Rate {
    count: usize,
    took: Duration,
    median: Option<Duration>,
}

impl Rate {
    pub(crate) fn of(count: usize, begun: Instant) -> Self {
        Self { count, took: begun.elapsed(), median: None }
    }

    pub(crate) fn of_each(mut each: Vec<Duration>, begun: Instant) -> Self {
        let took = begun.elapsed();
        each.sort_unstable();
        Self { count: each.len(), took, median: each.get(each.len() / 2).copied() }
    }

    /// Says it as so many times the other, too.
    pub(crate) fn beside(&self, other: &Self) -> String {
        format!("{:.2} times the bare loop: {self}", self.per_second() / other.per_second())
    }

    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} a second ({} in {:.2?}", self.per_second(), self.count, self.took)?;
        self.median.map_or(Ok(()), |median| write!(f, ", p50 {median:.2?}"))?;
        write!(f, ")")
    }
}
