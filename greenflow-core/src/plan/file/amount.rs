//! Shares and other decimal numbers, read exactly: no float ever stands between file and plan.

/// Reads a percentage such as `10 %`, `12.5%` or `10`, in units of `10^-digits` percent.
pub(super) fn percent(text: &str, digits: u32) -> Result<u32, String> {
    let shown = shown(text);
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let value = decimal(number, digits).map_err(|error| match error {
        NotDecimal::NotANumber => format!("{shown} is not a share; write it like \"10 %\""),
        NotDecimal::TooFine => format!("{shown} has more than {digits} decimal places"),
    })?;
    let whole = 100 * 10_i64.pow(digits);
    u32::try_from(value)
        .ok()
        .filter(|_| value <= whole)
        .ok_or_else(|| format!("{shown} is no share of the whole; write 0 % to 100 %"))
}

/// Reads a rate such as `100/s`, `0.5 /s` or `100`, in requests per 1000 s.
pub(super) fn per_kilosecond(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let number = text.strip_suffix("/s").unwrap_or(text).trim_end();
    decimal(number, 3)
        .ok()
        .and_then(|value| u64::try_from(value).ok())
        .ok_or_else(|| format!("{} is not a rate; write it like \"100/s\"", shown(text)))
}

/// Reads a plain decimal number in millionths.
pub(super) fn micros(text: &str) -> Result<i64, String> {
    decimal(text.trim(), 6).map_err(|error| match error {
        NotDecimal::NotANumber => format!("{} is not a number", shown(text)),
        NotDecimal::TooFine => format!("{} has more than 6 decimal places", shown(text)),
    })
}

/// Reads the share of slower requests that a quantile's name allows, in parts per million:
/// `p95` is 50 000, and `p999` (99.9 %) is 1000. `None` when it is no quantile's name.
pub(super) fn quantile(name: &str) -> Option<Result<u32, String>> {
    let digits = name.strip_prefix('p').filter(|digits| !digits.is_empty())?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let faster = |missing| Some(digits.parse::<u32>().ok()? * 10_u32.pow(missing));
    let faster = match digits.len() {
        2 => faster(4).filter(|faster| *faster >= 500_000),
        // Of "p500" nobody could say whether it is the half or more than all.
        3 if digits.starts_with('9') => faster(3),
        4 if digits.starts_with('9') => faster(2),
        5 if digits.starts_with('9') => faster(1),
        _ => None,
    };
    Some(faster.map(|faster| 1_000_000 - faster).ok_or_else(|| {
        let shown: String = name.chars().take(64).collect();
        match digits {
            "100" => format!("{shown} would allow no slow request; write p99999 or lower"),
            _ => format!("{shown} is not between p50 and p99999; p999 is for at most 0.1 %"),
        }
    }))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NotDecimal {
    NotANumber,
    TooFine,
}

/// Reads digits with at most one point, in units of `10^-digits`.
fn decimal(text: &str, digits: u32) -> Result<i64, NotDecimal> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.replace('_', "");
    let (whole, part) = rest.split_once('.').unwrap_or((&rest, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(part) {
        return Err(NotDecimal::NotANumber);
    }
    let part = part.trim_end_matches('0');
    let places = u32::try_from(part.len()).unwrap_or(u32::MAX);
    let missing = digits.checked_sub(places).ok_or(NotDecimal::TooFine)?;
    let value = format!("{whole}{part}{}", "0".repeat(missing as usize));
    let value: i64 = value.parse().map_err(|_| NotDecimal::NotANumber)?;
    Ok(if negative { -value } else { value })
}

fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(64).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        for (text, expected) in
            [("10 %", 1000), ("12.5%", 1250), ("0.01 %", 1), ("100", 10_000), ("7.00 %", 700)]
        {
            assert_eq!(percent(text, 2), Ok(expected), "{text}");
        }
        assert_eq!(percent("0.1 %", 4), Ok(1000));
        for text in ["100.01 %", "-1 %", "150 %", "0.001 %", "ten", "", "%", "1.2.3", "nan", "1e1"]
        {
            let message = percent(text, 2).unwrap_err();
            assert!(message.contains(text), "{message}");
        }
        assert!(percent(&"9".repeat(1000), 2).is_err());
    }

    #[test]
    fn rates_and_gauges() {
        assert_eq!(per_kilosecond("100/s"), Ok(100_000));
        assert_eq!(per_kilosecond("0.5 /s"), Ok(500));
        assert!(per_kilosecond("-1/s").is_err());
        assert_eq!(micros("80"), Ok(80_000_000));
        assert_eq!(micros("-0.5"), Ok(-500_000));
        assert!(micros("inf").is_err());
    }

    #[test]
    fn quantiles_by_name() {
        for (name, ppm) in [
            ("p50", 500_000),
            ("p95", 50_000),
            ("p99", 10_000),
            ("p900", 100_000),
            ("p999", 1000),
            ("p9999", 100),
            ("p99999", 10),
        ] {
            assert_eq!(quantile(name), Some(Ok(ppm)), "{name}");
        }
        for name in ["p", "q95", "p9x", "95"] {
            assert_eq!(quantile(name), None, "{name}");
        }
    }

    #[test]
    fn a_quantile_of_nothing_or_of_less_than_half_is_refused() {
        for name in ["p9", "p00", "p05", "p49", "p500", "p000000", "p999999", "p9999999"] {
            let message = quantile(name).unwrap().unwrap_err();
            assert!(message.starts_with(name) && message.contains("p50 and p99999"), "{message}");
        }
        let message = quantile("p100").unwrap().unwrap_err();
        assert_eq!(message, "p100 would allow no slow request; write p99999 or lower");
    }
}
