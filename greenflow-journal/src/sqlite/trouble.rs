//! What SQLite says, and what it means.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::provider::JournalError;
use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_WRITE;

use crate::error::{unavailable, unavailable_because};

/// Why a write did not come about.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The contract refuses it. It has changed nothing.
    Contract(JournalError),
    /// SQLite failed.
    Store(rusqlite::Error),
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        Self::Contract(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for JournalError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Contract(error) => error,
            Refusal::Store(error) => explain(&Arc::new(error)),
        }
    }
}

/// Returns whether the disk, or what may be used of it, is full.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return false };
    // A quota shows as a failed write.
    failure.code == ErrorCode::DiskFull || failure.extended_code == SQLITE_IOERR_WRITE
}

/// Returns whether a file could not be made large enough, as when the disk is full.
pub(super) fn is_full_at_open(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    is_full(error) || matches!(code, Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
}

/// Returns whether the file has what was never written there.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, SqlInputError,
        ToSqlConversionFailure, Utf8Error,
    };
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(
            error,
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | Utf8Error(..)
                // The statements fit the schema whose version was checked.
                | SqlInputError { .. }
                // Counts go on from what is stored, and only a damaged one goes too far.
                | ToSqlConversionFailure(_)
        )
}

/// Why a transaction did not come about.
#[derive(Debug)]
pub(super) enum Trouble {
    /// SQLite failed.
    Store { stage: Stage, error: Arc<rusqlite::Error> },
    /// The log is not known to be durable yet.
    Unsettled,
}

/// Where in a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    Open,
    Begin,
    Write,
    Commit,
}

impl Trouble {
    /// Makes one from what SQLite said at this stage.
    pub(super) fn at(stage: Stage) -> impl Fn(rusqlite::Error) -> Self {
        move |error| Self::Store { stage, error: Arc::new(error) }
    }

    /// Returns whether the disk, or what may be used of it, is full.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Store { stage: Stage::Open, error } => is_full_at_open(error),
            Self::Store { error, .. } => is_full(error),
            Self::Unsettled => false,
        }
    }

    /// Returns whether one of the writes is to blame, so that the others may do without it.
    pub(super) const fn is_of_a_write(&self) -> bool {
        matches!(self, Self::Store { stage: Stage::Write, .. })
    }

    /// Returns whether the connection may not be used any more: what the disk has of its last
    /// transaction is unknown.
    pub(super) fn poisons(&self) -> bool {
        let Self::Store { error, .. } = self else { return true };
        let harmless =
            [ErrorCode::DatabaseBusy, ErrorCode::DiskFull, ErrorCode::ConstraintViolation];
        match error.sqlite_error_code() {
            Some(code) => !harmless.contains(&code),
            // A row that makes no sense says nothing about the connection.
            None => !is_damage(error),
        }
    }

    /// Says what happened, and what to do; the same to everybody who waits.
    pub(super) fn explain(&self) -> JournalError {
        match self {
            Self::Store { error, .. } => explain(error),
            Self::Unsettled => unavailable(
                "after a failure of the disk the journal's log could not be written anew while \
                 others read it; nothing was written; it is tried again at each write",
            ),
        }
    }
}

/// Says what happened, and what to do.
pub(super) fn explain(error: &Arc<rusqlite::Error>) -> JournalError {
    if is_damage(error) {
        return JournalError::Damaged(format!(
            "SQLite says: {error}; keep a copy of the journal's files and restore a backup"
        ));
    }
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process keeps the journal's write lock: look for one that hangs".to_owned()
        }
        _ if is_full(error) => {
            "the disk of the journal is full: make room; until then only ways back go on".to_owned()
        }
        Some(ErrorCode::SystemIoFailure) => format!(
            "the disk of the journal failed ({error}): whether the last write is there is open; \
             look at the kernel's log"
        ),
        _ => format!("SQLite failed ({error})"),
    };
    unavailable_because(what, Arc::clone(error))
}

/// Returns whole milliseconds, as many as SQLite can hold at most.
pub(super) fn to_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Returns a span of the file's milliseconds; a negative one is none.
pub(super) fn from_millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
