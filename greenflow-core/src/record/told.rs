//! What people were told, what went wrong, and what a newer release said.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::provider::NoticeKind;
use crate::value::Severity;

/// One notice to people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeRecord {
    /// The key that keeps it from being shown twice.
    pub key: String,
    /// How urgent it is.
    pub kind: NoticeKind,
    /// Who should see it: `channel`, `team`, `customers` or a role.
    pub audience: String,
    /// What it says.
    pub text: String,
    /// When it was decided to be sent.
    pub queued_at: ZonedTime,
    /// When the receiver's service had taken it; `null` if it has not.
    pub sent_at: Option<ZonedTime>,
    /// Why it was given up; `null` unless it was.
    pub failure: Option<String>,
}

/// Something that went wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueRecord {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub what: String,
    /// What was done about it.
    pub done: String,
    /// When.
    pub at: ZonedTime,
}

/// A fact that this release does not know, and need not understand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnknownRecord {
    /// Its place in the journal.
    pub sequence: u64,
    /// Its kind, as the newer release named it.
    pub kind: String,
    /// When it was written.
    pub at: ZonedTime,
}
