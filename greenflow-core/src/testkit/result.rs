//! How a clause ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the check of one clause ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "result", content = "why", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth ending")]
pub enum ClauseResult {
    /// The provider did what the clause says.
    Pass,
    /// It did not, for this reason.
    Fail(String),
    /// It could not be checked, for this reason: the provider does not claim the capability, or
    /// the fixture cannot bring the situation about.
    Skipped(String),
}

impl ClauseResult {
    /// Returns whether the provider broke the clause.
    #[must_use]
    pub const fn is_fail(&self) -> bool {
        matches!(self, Self::Fail(_))
    }

    /// Returns whether the clause was checked and kept.
    #[must_use]
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// Returns whether the clause was not checked.
    #[must_use]
    pub const fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped(_))
    }
}

impl fmt::Display for ClauseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Fail(why) => write!(f, "FAIL  {why}"),
            Self::Skipped(reason) => write!(f, "skip  {reason}"),
        }
    }
}

/// Why a check ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    Fail(String),
    Skip(String),
}

/// The body of a check: `?` ends it.
pub(crate) type Checked<T = ()> = Result<T, Stop>;

impl From<Checked> for ClauseResult {
    fn from(checked: Checked) -> Self {
        match checked {
            Ok(()) => Self::Pass,
            Err(Stop::Fail(why)) => Self::Fail(why),
            Err(Stop::Skip(reason)) => Self::Skipped(reason),
        }
    }
}

/// Ends a check as failed.
pub(crate) fn fail<T>(why: impl Into<String>) -> Checked<T> {
    Err(Stop::Fail(why.into()))
}

/// Ends a check as skipped.
pub(crate) fn skip<T>(reason: impl Into<String>) -> Checked<T> {
    Err(Stop::Skip(reason.into()))
}

/// Fails unless `holds`.
pub(crate) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { fail(why()) }
}

/// Fails when the kit's own value cannot be made, which the tests of the kit exclude.
pub(crate) fn made<T, E: fmt::Display>(value: Result<T, E>) -> Checked<T> {
    value.map_err(|error| Stop::Fail(format!("the kit's own value is wrong: {error}")))
}
