//! The three ends. They absorb everything.

use crate::fact::{RefusalReason, RollbackReason};
use crate::value::Timestamp;

/// Ended on green.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completed {
    pub(crate) at: Timestamp,
    pub(crate) leftovers: Vec<String>,
}

impl Completed {
    pub(super) const fn new(leftovers: Vec<String>, at: Timestamp) -> Self {
        Self { at, leftovers }
    }

    /// Returns what could not be cleaned up.
    #[must_use]
    pub fn leftovers(&self) -> &[String] {
        &self.leftovers
    }
}

/// Ended on blue, after something was touched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RolledBack {
    pub(crate) at: Timestamp,
    pub(crate) reason: RollbackReason,
    pub(crate) leftovers: Vec<String>,
}

impl RolledBack {
    pub(super) const fn new(reason: RollbackReason, leftovers: Vec<String>, at: Timestamp) -> Self {
        Self { at, reason, leftovers }
    }

    /// Returns why.
    #[must_use]
    pub const fn reason(&self) -> &RollbackReason {
        &self.reason
    }

    /// Returns what could not be cleaned up.
    #[must_use]
    pub fn leftovers(&self) -> &[String] {
        &self.leftovers
    }
}

/// Ended before anything was touched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    pub(crate) at: Timestamp,
    pub(crate) reason: RefusalReason,
}

impl Refused {
    pub(super) const fn new(reason: RefusalReason, at: Timestamp) -> Self {
        Self { at, reason }
    }

    /// Returns why.
    #[must_use]
    pub const fn reason(&self) -> &RefusalReason {
        &self.reason
    }
}
