//! Durations as people write them: `"5m"`, `"72h"`, `"1d 6h"`.
//!
//! Use [`parse`] and [`format()`] directly, or `#[serde(with = "greenflow_core::value::duration")]`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serializer, de};

/// Reads a duration such as `5m`, `1h30m`, `72h`, `1d 6h` or `2 weeks`; a day has 24 hours.
///
/// # Errors
/// Says what was wrong, in words for the person who wrote it: not a duration, negative, in months
/// or years (whose length varies), or finer than a millisecond.
pub fn parse(text: &str) -> Result<Duration, String> {
    let hint = "write it like \"30s\", \"5m\", \"1h30m\" or \"7d\"";
    let span: Span =
        text.trim().parse().map_err(|_| format!("\"{text}\" is not a duration; {hint}"))?;
    if span.is_negative() {
        return Err(format!("\"{text}\" is negative; a duration is zero or more"));
    }
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err(format!("\"{text}\" uses months or years, whose length varies; use days"));
    }
    let exact = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| format!("\"{text}\" is too long"))?;
    let duration = Duration::try_from(exact).map_err(|_| format!("\"{text}\" is too long"))?;
    if duration > MAX {
        return Err(format!("\"{text}\" is longer than 10 years"));
    }
    if !is_exact(duration) {
        return Err(format!("\"{text}\" is finer than a millisecond"));
    }
    Ok(duration)
}

/// Returns whether [`parse`] reads exactly this duration from what [`format()`] writes: whole
/// milliseconds, and not more than 10 years.
#[must_use]
pub const fn is_exact(duration: Duration) -> bool {
    duration.subsec_nanos().is_multiple_of(1_000_000) && duration.as_millis() <= MAX.as_millis()
}

/// Writes a duration the way [`parse`] reads it, largest unit first: `1d 6h`, `5m`, `90ms`. What is
/// finer than a millisecond is left out.
#[must_use]
pub fn format(duration: Duration) -> String {
    let mut text = String::with_capacity(16);
    let mut add = |count: u64, unit| {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&count.to_string());
        text.push_str(unit);
    };
    let mut rest = duration.as_secs();
    for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if rest >= seconds {
            add(rest / seconds, unit);
            rest %= seconds;
        }
    }
    let millis = duration.subsec_millis();
    if millis > 0 {
        add(millis.into(), "ms");
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Serialises a duration in the form of [`format()`].
///
/// # Errors
/// Only those of the serializer.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// Deserialises a duration in the form of [`parse`].
///
/// # Errors
/// Those of [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// Longer durations are refused, so that no sum of a few can overflow.
const MAX: Duration = Duration::from_secs(10 * 366 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, secs) in [
            ("5m", 300),
            ("72h", 259_200),
            ("1d", 86_400),
            ("1d 6h", 108_000),
            ("1h30m", 5400),
            ("2 weeks", 1_209_600),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(secs)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_with_the_text_in_the_message() {
        for text in ["5 parsecs", "-5m", "1mo", "", "soon", "1ns", "100000d"] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(text), "{message}");
        }
    }

    #[test]
    fn what_it_writes_it_reads() {
        for millis in [0, 1, 999, 1000, 61_000, 86_400_000, 90_061_001] {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse(&format(duration)), Ok(duration));
        }
        assert_eq!(format(Duration::from_millis(90_061_001)), "1d 1h 1m 1s 1ms");
        assert_eq!(format(Duration::from_micros(999)), "0s");
    }

    #[test]
    fn exact_is_what_comes_back_as_it_was() {
        let nanosecond = Duration::from_nanos(1);
        for duration in [Duration::ZERO, Duration::from_millis(1), MAX] {
            assert!(is_exact(duration), "{duration:?}");
            assert_eq!(parse(&format(duration)), Ok(duration));
            assert!(!is_exact(duration + nanosecond), "{duration:?}");
        }
        let longer = MAX + Duration::from_millis(1);
        assert!(!is_exact(longer) && parse(&format(longer)).is_err());
    }
}
