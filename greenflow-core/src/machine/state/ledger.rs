//! Writes under way and failed, checks that ended.

use crate::fact::{OutcomeClass, Write};
use crate::provider::{CheckOutcome, FailureRecord};
use crate::value::Timestamp;

/// A write whose outcome is not known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingWrite {
    /// What.
    pub write: Write,
    /// When it was intended.
    pub at: Timestamp,
}

/// The last failure of a kind of write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailedWrite {
    /// How often in a row.
    pub times: u32,
    /// When last.
    pub at: Timestamp,
    /// How.
    pub class: OutcomeClass,
    /// What was said.
    pub failure: Option<FailureRecord>,
}

impl FailedWrite {
    /// Returns the failure in words.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.failure {
            Some(failure) => failure.to_string(),
            None => "it was not seen to take effect".to_owned(),
        }
    }

    /// Returns whether trying again cannot help.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| !failure.kind.is_retryable())
    }
}

/// A check that ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckRecord {
    /// How, the last time.
    pub outcome: CheckOutcome,
    /// How often it was run.
    pub runs: u32,
    /// When it last ended.
    pub at: Timestamp,
    /// For people.
    pub detail: String,
}
