//! What a host may choose.

use std::time::Duration;

/// What a host may choose about a [`PostgresJournal`](super::PostgresJournal).
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    pub(super) queue: usize,
    pub(super) deadline: Duration,
}

impl PostgresOptions {
    /// Sets how many writes may wait (1 or more); by default 4096. More are refused with
    /// [`QueueFull`](crate::QueueFull).
    #[must_use]
    pub const fn queue(mut self, writes: usize) -> Self {
        self.queue = writes;
        self
    }

    /// Sets how long the server may take for one statement, and how long a connection may be waited
    /// for; by default 1 s. A statement whose answer is lost is asked for once more, so a call can
    /// take four times as long; the engine's own deadline of an append is 3 s. A lock is waited for
    /// a quarter of it. Making or migrating the tables may take ten times as long.
    #[must_use]
    pub const fn deadline(mut self, longest: Duration) -> Self {
        self.deadline = longest;
        self
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { queue: 4096, deadline: Duration::from_secs(1) }
    }
}
