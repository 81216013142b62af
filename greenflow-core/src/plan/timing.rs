//! Deadlines and poll intervals, each with its default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::value::duration;

/// Deadlines and poll intervals.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// Deadline of one forward write (10 s).
    #[serde(with = "duration")]
    pub forward_write: Duration,
    /// Deadline of one forward read (5 s).
    #[serde(with = "duration")]
    pub forward_read: Duration,
    /// Deadline of one write on the way back (3 s).
    #[serde(with = "duration")]
    pub rollback_write: Duration,
    /// Deadline of one read on the way back (2 s).
    #[serde(with = "duration")]
    pub rollback_read: Duration,
    /// The longest pause between attempts of a forward write (30 s).
    #[serde(with = "duration")]
    pub forward_backoff: Duration,
    /// The longest pause between attempts on the way back (4 s).
    #[serde(with = "duration")]
    pub rollback_backoff: Duration,
    /// How long one forward write may be tried before the rollout holds (30 min).
    #[serde(with = "duration")]
    pub forward_patience: Duration,
    /// How long to wait for requests to show a split before the rollout holds (15 min). Longer than
    /// `quiet`, an interval and the metric source's delay, unless the read-back is trusted.
    #[serde(with = "duration")]
    pub observe_timeout: Duration,
    /// How long one interval of the traffic observation is (20 s).
    #[serde(with = "duration")]
    pub observe_every: Duration,
    /// How long the losing side must see no request at 0 or 100 % (60 s); at most 64 intervals.
    #[serde(with = "duration")]
    pub quiet: Duration,
    /// How often split and targets are read while traffic is on green (10 s).
    #[serde(with = "duration")]
    pub poll: Duration,
    /// How old a reading may be when a write relies on it (10 s).
    #[serde(with = "duration")]
    pub fresh: Duration,
}

/// How many intervals of the traffic observation are put together when each has too few requests.
pub(crate) const MOST_PARTS: usize = 64;

impl Default for Timing {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            forward_write: secs(10),
            forward_read: secs(5),
            rollback_write: secs(3),
            rollback_read: secs(2),
            forward_backoff: secs(30),
            rollback_backoff: secs(4),
            forward_patience: secs(1800),
            observe_timeout: secs(900),
            observe_every: secs(20),
            quiet: secs(60),
            poll: secs(10),
            fresh: secs(10),
        }
    }
}
