//! How a store says that it cannot.

use std::fmt;
use std::path::PathBuf;

use greenflow_core::provider::{BoxError, JournalError};

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The SQLite that this program was built with loses data.
    #[error("SQLite {found} can corrupt a journal (fixed in 3.51.3): build with a newer one")]
    UnsafeSqlite {
        /// Its version.
        found: String,
    },
    /// The lease clock of this operating system is not supported.
    #[error("a SQLite journal needs Linux, for its lease clock: use PostgreSQL, or run on Linux")]
    UnsupportedSystem,
    /// The file is on a file system that several hosts share.
    #[error(
        "{path} is on a network file system ({kind}), where locks and leases do not hold: use a \
         local disk, or PostgreSQL"
    )]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
        /// What it is on.
        kind: &'static str,
    },
    /// Processes with different clocks would share the file.
    #[error(
        "the journal is in use from the time namespace {theirs}, and this process is in {ours}: \
         their clocks differ, so leases would not hold; run both in one"
    )]
    OtherTimeNamespace {
        /// That of the process that was here first.
        theirs: String,
        /// That of this one.
        ours: String,
    },
    /// It is a database, but not a journal.
    #[error("{0} is not a GreenFlow journal; it was not touched")]
    NotAJournal(String),
    /// A newer version of this library has written it.
    #[error(
        "the journal has schema {found}, and this version knows {known} at most: use the version \
         that wrote it or a newer one; nothing was changed"
    )]
    NewerSchema {
        /// What the journal has.
        found: i64,
        /// The newest that this library knows.
        known: i64,
    },
    /// What was acknowledged is not readable any more.
    #[error(
        "the journal is damaged: {0}; nothing was changed: keep a copy of all of its files, find \
         out what the disk did, and restore a backup"
    )]
    Damaged(String),
    /// The store could not be reached, or failed.
    #[error("cannot {action}")]
    Store {
        /// What was tried.
        action: String,
        /// What it said.
        #[source]
        source: BoxError,
    },
}

impl OpenError {
    pub(crate) fn store(action: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Store { action: action.into(), source: source.into() }
    }
}

/// The queue of writes was full; found as the source of
/// [`JournalError::Unavailable`].
///
/// Nothing was written. Either the store is slow, or more rollouts than expected write at once: see
/// the option `queue`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{waiting} writes wait for the journal already")]
pub struct QueueFull {
    /// How many writes wait.
    pub waiting: usize,
}

/// Says that whether a write happened is open, and what to do.
pub(crate) fn unavailable(reason: impl Into<String>) -> JournalError {
    JournalError::Unavailable { reason: reason.into(), source: None }
}

/// The same, with its cause.
pub(crate) fn unavailable_because(
    reason: impl fmt::Display,
    source: impl Into<BoxError>,
) -> JournalError {
    JournalError::Unavailable { reason: reason.to_string(), source: Some(source.into()) }
}
