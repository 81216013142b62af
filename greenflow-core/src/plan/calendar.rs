//! Times as people write them, resolved in the plan's zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};

use crate::value::WallTime;

/// A time as people write it: `10:35` on the plan's day, `2026-02-11 10:35` in the plan's zone, or
/// with its own offset `2026-02-11T10:35+09:00`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct When(Moment);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Moment {
    Text(String),
    Wall(WallTime),
}

impl From<&str> for When {
    fn from(text: &str) -> Self {
        Self(Moment::Text(text.to_owned()))
    }
}

impl From<String> for When {
    fn from(text: String) -> Self {
        Self(Moment::Text(text))
    }
}

impl From<WallTime> for When {
    fn from(wall: WallTime) -> Self {
        Self(Moment::Wall(wall))
    }
}

/// The plan's zone and day.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    zone: TimeZone,
    day: Option<Date>,
}

impl Calendar {
    pub(super) fn new(zone: &str) -> Result<Self, String> {
        // The bundled database alone: the same plan means the same times on every machine.
        TimeZoneDatabase::bundled().get(zone).map(|zone| Self { zone, day: None }).map_err(|_| {
            let zone: String = zone.chars().take(64).collect();
            format!("{zone:?} is not a time zone; write an IANA name such as \"Asia/Seoul\"")
        })
    }

    pub(super) const fn utc() -> Self {
        Self { zone: TimeZone::UTC, day: None }
    }

    pub(super) fn on(mut self, day: &str) -> Result<Self, String> {
        let date = day.trim().parse::<Date>().ok().filter(|_| day.trim().len() == 10);
        self.day = Some(date.ok_or_else(|| {
            let day: String = day.chars().take(64).collect();
            format!("{day:?} is not a day; write it like \"2026-02-11\"")
        })?);
        Ok(self)
    }

    /// Resolves the time that `when` names, `days` days later: a daily report stays at 18:00 when
    /// the clocks change.
    pub(super) fn resolve(&self, when: &When, days: u32) -> Result<WallTime, String> {
        let text = match &when.0 {
            Moment::Wall(wall) => return Ok(wall.after(DAY.saturating_mul(days))),
            Moment::Text(text) => text.trim(),
        };
        if let Ok(exact) = text.parse::<Timestamp>() {
            return Ok(wall(exact).after(DAY.saturating_mul(days)));
        }
        let first = self.civil(text)?;
        let civil = first.checked_add(i64::from(days).days()).map_err(|_| out_of_range(text))?;
        self.unambiguous(civil)
    }

    /// Shows a time the way the plan's people read it.
    pub(super) fn show(&self, wall: WallTime) -> String {
        match Timestamp::from_millisecond(wall.as_unix_millis()) {
            Ok(at) => at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => format!("{wall:?}"),
        }
    }

    fn civil(&self, text: &str) -> Result<DateTime, String> {
        let shown: String = text.chars().take(64).collect();
        let hint = "write \"10:35\" or \"2026-02-11 10:35\"";
        // Nothing may be read past the minutes or seconds: an offset that is not understood would
        // silently be another time.
        if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | ' ' | 'T')) {
            return Err(format!("{shown:?} is not a time; {hint}"));
        }
        if text.get(..10).is_some_and(|day| day.parse::<Date>().is_ok()) {
            return text
                .parse::<DateTime>()
                .ok()
                .filter(|_| text.len() > 10)
                .ok_or_else(|| format!("{shown:?} names a day but no time of day; {hint}"));
        }
        let time: Time = text
            .parse()
            .ok()
            .filter(|_| text.contains(':') && !text.contains('-'))
            .ok_or_else(|| format!("{shown:?} is not a time; {hint}"))?;
        match self.day {
            Some(day) => Ok(day.to_datetime(time)),
            None => Err(format!(
                "{shown:?} has no day; write \"2026-02-11 {shown}\", or give the plan a `day`"
            )),
        }
    }

    fn unambiguous(&self, civil: DateTime) -> Result<WallTime, String> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        let shown = civil.strftime("%Y-%m-%d %H:%M");
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                ambiguous.unambiguous().map(wall).map_err(|_| out_of_range(&shown.to_string()))
            }
            AmbiguousOffset::Gap { before, after } => Err(format!(
                "{shown} does not exist in the plan's zone: the clocks go from offset {} to {} \
                 over it; choose a time before or after the change",
                offset(before),
                offset(after)
            )),
            AmbiguousOffset::Fold { before, after } => Err(format!(
                "{shown} comes twice in the plan's zone, with offset {} and again with {}; \
                 write which, such as \"{}{}\"",
                offset(before),
                offset(after),
                civil.strftime("%Y-%m-%dT%H:%M"),
                offset(before)
            )),
        }
    }
}

fn wall(at: Timestamp) -> WallTime {
    WallTime::from_unix_millis(at.as_millisecond())
}

fn offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn out_of_range(text: &str) -> String {
    format!("{text:?} is outside the years that can be reckoned with")
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul() -> Calendar {
        Calendar::new("Asia/Seoul").unwrap().on("2026-02-11").unwrap()
    }

    #[test]
    fn resolves_what_people_write() {
        let calendar = seoul();
        let expected = WallTime::from_unix_millis(1_770_773_700_000); // 01:35 UTC
        for text in
            ["10:35", "10:35:00", "2026-02-11 10:35", "2026-02-11T10:35", "2026-02-11T01:35Z"]
        {
            assert_eq!(calendar.resolve(&text.into(), 0), Ok(expected), "{text}");
        }
        assert_eq!(calendar.resolve(&"2026-02-11T10:35+09:00".into(), 0), Ok(expected));
        assert_eq!(calendar.show(expected), "2026-02-11 10:35");
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "soon", "25:00", "10", "2026-02-11", "10:35pm", "1035", "2026-02-30 10:35"]
        {
            let message = seoul().resolve(&text.into(), 0).unwrap_err();
            assert!(message.contains(text), "{text}: {message}");
        }
        assert!(Calendar::new("Mars/Base").is_err());
        assert!(seoul().on("tomorrow").is_err());
        let no_day = Calendar::utc().resolve(&"10:35".into(), 0).unwrap_err();
        assert!(no_day.contains("has no day"), "{no_day}");
    }

    #[test]
    fn clock_changes_are_named() {
        let calendar = Calendar::new("America/New_York").unwrap();
        let gap = calendar.resolve(&"2026-03-08 02:30".into(), 0).unwrap_err();
        assert!(gap.contains("does not exist"), "{gap}");
        let fold = calendar.resolve(&"2026-11-01 01:30".into(), 0).unwrap_err();
        assert!(fold.contains("comes twice"), "{fold}");
        assert!(fold.contains("2026-11-01T01:30-04:00"), "{fold}");
        assert!(calendar.resolve(&"2026-11-01T01:30-04:00".into(), 0).is_ok());
    }

    #[test]
    fn a_daily_time_stays_at_its_hour_over_a_clock_change() {
        let calendar = Calendar::new("America/New_York").unwrap();
        let first = When::from("2026-03-07 18:00");
        let (one, two) = (calendar.resolve(&first, 0), calendar.resolve(&first, 1));
        assert_eq!(two.unwrap().since(one.unwrap()), std::time::Duration::from_hours(23));
    }
}
