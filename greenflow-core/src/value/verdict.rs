//! What measurements say, and how bad a breach is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a breach is. The order is the order of badness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each severity has its own answer in the machine")]
pub enum Severity {
    /// Keep watching; do not go on.
    Minor,
    /// Roll back.
    Major,
    /// Page and freeze; people decide, and without an answer in time the policy does.
    Critical,
}

impl Severity {
    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the measurements say. Nothing missing is ever `Healthy`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each verdict has its own answer in the machine")]
pub enum Verdict {
    /// Measured, and inside every limit.
    Healthy,
    /// Measured, and outside a limit.
    Breach(Severity),
    /// Not measured: missing, stale, not a number, 0 of 0, of the wrong side.
    Unknown,
}

impl Verdict {
    /// Returns the worse of two: a breach over unknown over healthy.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |verdict| match verdict {
            Self::Healthy => 0,
            Self::Unknown => 1,
            Self::Breach(Severity::Minor) => 2,
            Self::Breach(Severity::Major) => 3,
            Self::Breach(Severity::Critical) => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => f.write_str("healthy"),
            Self::Breach(severity) => write!(f, "{severity} breach"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
