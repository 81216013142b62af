//! A guarantee that was seen broken.

use std::fmt;
use std::time::Duration;

/// A guarantee that was seen broken.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// Which.
    pub id: &'static str,
    /// When, in virtual time.
    pub at: Duration,
    /// What was seen.
    pub what: String,
}

impl Violation {
    /// Notes one.
    #[must_use]
    pub fn new(id: &'static str, at: Duration, what: impl Into<String>) -> Self {
        Self { id, at, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.id, self.at, self.what)
    }
}
