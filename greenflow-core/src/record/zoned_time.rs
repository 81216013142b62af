//! Wall time as the plan's people read it.

use std::fmt;
use std::str::FromStr;

use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::value::WallTime;

/// A moment of wall time with the offset that its zone had then. In JSON and as text RFC 3339:
/// `2026-02-11T10:35:00+09:00`, with milliseconds only where there are any.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZonedTime {
    wall: WallTime,
    offset_minutes: i32,
}

/// The text is no time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no time; write it like 2026-02-11T10:35:00+09:00")]
pub struct InvalidZonedTime(String);

/// The zone that people read times in.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Finds a zone by its IANA name; one that is unknown is shown in UTC, for a record with the
    /// right moments is worth more than none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC))
    }

    /// Says what the clocks of this zone show.
    #[must_use]
    pub fn show(&self, wall: WallTime) -> ZonedTime {
        let offset = self.0.to_offset(moment(wall));
        ZonedTime { wall, offset_minutes: offset.seconds() / 60 }
    }
}

impl ZonedTime {
    /// Returns the moment itself.
    #[must_use]
    pub const fn wall(self) -> WallTime {
        self.wall
    }

    /// Returns the day on the zone's calendar: `2026-02-11`.
    #[must_use]
    pub fn date(self) -> String {
        self.civil().strftime("%Y-%m-%d").to_string()
    }

    /// Returns the day of the week: `Wednesday`.
    #[must_use]
    pub fn weekday(self) -> String {
        self.civil().strftime("%A").to_string()
    }

    /// Returns what the clocks show, to the second: `10:35:00`.
    #[must_use]
    pub fn clock(self) -> String {
        self.civil().strftime("%H:%M:%S").to_string()
    }

    fn civil(self) -> jiff::civil::DateTime {
        let offset = Offset::from_seconds(self.offset_minutes * 60).unwrap_or(Offset::UTC);
        offset.to_datetime(moment(self.wall))
    }
}

impl fmt::Display for ZonedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        let civil = self.civil().strftime("%Y-%m-%dT%H:%M:%S%.f");
        write!(f, "{civil}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for ZonedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ZonedTime {
    type Err = InvalidZonedTime;
    fn from_str(text: &str) -> Result<Self, InvalidZonedTime> {
        let invalid = || InvalidZonedTime(text.chars().take(64).collect());
        let at: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
        let offset = Pieces::parse(text).ok().and_then(|pieces| pieces.to_numeric_offset());
        let offset_minutes = offset.ok_or_else(invalid)?.seconds() / 60;
        Ok(Self { wall: WallTime::from_unix_millis(at.as_millisecond()), offset_minutes })
    }
}

impl TryFrom<String> for ZonedTime {
    type Error = InvalidZonedTime;
    fn try_from(text: String) -> Result<Self, InvalidZonedTime> {
        text.parse()
    }
}

impl From<ZonedTime> for String {
    fn from(time: ZonedTime) -> Self {
        time.to_string()
    }
}

/// A moment beyond the calendar's years is shown as its last or first.
fn moment(wall: WallTime) -> jiff::Timestamp {
    let millis = wall.as_unix_millis();
    let edge = if millis < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(millis).unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_zone_says_and_back() {
        for (zone, millis, text) in [
            ("Asia/Seoul", 1_770_773_700_000, "2026-02-11T10:35:00+09:00"),
            ("Asia/Seoul", 1_770_773_700_250, "2026-02-11T10:35:00.25+09:00"),
            ("America/St_Johns", 1_770_773_700_000, "2026-02-10T22:05:00-03:30"),
            ("UTC", 0, "1970-01-01T00:00:00+00:00"),
            ("Nowhere/At_All", 0, "1970-01-01T00:00:00+00:00"),
        ] {
            let time = Zone::named(zone).show(WallTime::from_unix_millis(millis));
            assert_eq!(time.to_string(), text);
            assert_eq!(text.parse(), Ok(time));
        }
        assert!("10:35".parse::<ZonedTime>().is_err());
        assert!("2026-02-11T10:35:00".parse::<ZonedTime>().is_err());
    }

    #[test]
    fn no_moment_is_too_far() {
        for millis in [i64::MIN, i64::MAX] {
            let time = Zone::named("Asia/Seoul").show(WallTime::from_unix_millis(millis));
            assert!(!time.to_string().is_empty());
        }
    }
}
