//! What a host may choose.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a host may choose about a [`SqliteJournal`](super::SqliteJournal).
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(super) queue: usize,
    pub(super) busy: Duration,
    pub(super) reserve: u64,
}

impl SqliteOptions {
    /// Sets how many writes may wait (1 or more); by default 4096. More are refused with
    /// [`QueueFull`](crate::QueueFull).
    #[must_use]
    pub const fn queue(mut self, writes: usize) -> Self {
        self.queue = writes;
        self
    }

    /// Sets how long a write waits for another process that is writing; by default 2 s. It should
    /// be shorter than the engine's deadline of an append, which is 3 s.
    #[must_use]
    pub const fn busy(mut self, longest: Duration) -> Self {
        self.busy = longest;
        self
    }

    /// Sets how much room on the disk is kept for the way back, in bytes; by default 4 MiB, and
    /// never less than 2 MiB. Processes that share a file should agree on it.
    #[must_use]
    pub const fn reserve(mut self, bytes: u64) -> Self {
        self.reserve = if bytes < LEAST_RESERVE { LEAST_RESERVE } else { bytes };
        self
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { queue: 4096, busy: Duration::from_secs(2), reserve: 4 << 20 }
    }
}

/// Returns the path of a file that belongs to the journal's.
pub(super) fn beside(journal: &Path, ending: &str) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The log before it is taken over into the file (1 MiB), what that adds to the file, and 64 KiB
/// of facts with their index.
const LEAST_RESERVE: u64 = 2 << 20;
