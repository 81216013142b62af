//! How long something took.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::value::duration;

/// How long something took, to the millisecond. In JSON a number of seconds: `300`, `0.35`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Seconds {
    millis: u64,
}

impl Seconds {
    /// Returns it as a duration.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Self { millis: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration::format(self.as_duration()))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.millis.is_multiple_of(1000) {
            return serializer.serialize_u64(self.millis / 1000);
        }
        serializer.serialize_f64(self.as_duration().as_secs_f64())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // Half a millisecond more, so that what was written comes back and not one less.
        Duration::try_from_secs_f64(seconds)
            .map(|duration| Self::from(duration + Duration::from_micros(500)))
            .map_err(|_| de::Error::custom(format!("{seconds} is no number of seconds")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_writes_it_reads() {
        for (millis, json) in [(0, "0"), (350, "0.35"), (300_000, "300"), (1_001, "1.001")] {
            let seconds = Seconds::from(Duration::from_millis(millis));
            assert_eq!(serde_json::to_string(&seconds).unwrap(), json);
            assert_eq!(serde_json::from_str::<Seconds>(json).unwrap(), seconds);
        }
        assert!(serde_json::from_str::<Seconds>("-1").is_err());
    }
}
