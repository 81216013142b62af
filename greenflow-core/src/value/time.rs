//! Rollout time and wall time, kept apart by type.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment in rollout time: milliseconds since the rollout was created, never going back.
///
/// Holds, bakes, retention and approval windows are measured in rollout time, so no jump of the
/// wall clock can shorten them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment the rollout was created.
    pub const ZERO: Self = Self(0);

    /// Makes a moment from milliseconds since the rollout was created.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the rollout was created.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the moment `duration` later, saturating at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Returns the moment `duration` earlier, saturating at the creation.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// Returns how long ago `earlier` was, zero if it has not come yet.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t+{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

/// A moment of wall time: milliseconds since 1970-01-01 00:00 UTC.
///
/// Wall time may only *start* things (a phase, a report, a freeze window) and label metric
/// intervals; nothing is ever measured with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(i64);

impl WallTime {
    /// Makes a moment from milliseconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn as_unix_millis(self) -> i64 {
        self.0
    }

    /// Returns the moment `duration` later, saturating at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(millis(duration)))
    }

    /// Returns the moment `duration` earlier, saturating at the beginning of time.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(millis(duration)))
    }

    /// Returns how long ago `earlier` was, zero if it has not come yet.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "unix {} ms", self.0),
        }
    }
}

/// Both clocks, read together; every input to the machine carries one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// Rollout time.
    pub at: Timestamp,
    /// Wall time.
    pub wall: WallTime,
}

impl Now {
    /// Pairs the two clocks.
    #[must_use]
    pub const fn new(at: Timestamp, wall: WallTime) -> Self {
        Self { at, wall }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
