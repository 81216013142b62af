//! Numbers as people write them in a world file.

use std::time::Duration;

use greenflow_core::value::{Weight, duration};
use serde::{Deserialize, Deserializer, de};

/// A duration such as `"5m"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Span(#[serde(with = "duration")] pub(super) Duration);

/// A share such as `"30 %"`, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share(pub(super) f64);

/// A number from 0 to 10^9, such as a rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount(pub(super) f64);

impl Share {
    /// Returns the share as a weight, if it is a whole number of basis points.
    pub(super) fn weight(self) -> Option<Weight> {
        let basis_points = self.0 * 10_000.0;
        let whole = whole(basis_points);
        let exact = (basis_points - f64::from(whole)).abs() < 1e-6;
        if exact { Weight::from_basis_points(whole).ok() } else { None }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.trim().strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
        match number {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Self(percent / 100.0)),
            Some(_) => Err(de::Error::custom(format!("{text:?} is not between 0 % and 100 %"))),
            None => {
                Err(de::Error::custom(format!("{text:?} is not a share; write it like \"30 %\"")))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if (0.0..=1e9).contains(&number) {
            Ok(Self(number))
        } else {
            Err(de::Error::custom(format!("{number} is not between 0 and 10^9")))
        }
    }
}

/// Reads a duration with a sign, in milliseconds.
pub(super) fn signed_millis<'de, D: Deserializer<'de>>(de: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(de)?;
    let (sign, rest) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim().trim_start_matches('+')),
    };
    let span = duration::parse(rest).map_err(de::Error::custom)?;
    let millis = i64::try_from(span.as_millis()).map_err(de::Error::custom)?;
    Ok(Some(sign * millis))
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and it is compared")]
const fn whole(basis_points: f64) -> u16 {
    basis_points.round() as u16
}
