//! Durable journals for GreenFlow: what a rollout needs to outlive its controller.
//!
//! Each implements [`Journal`](greenflow_core::provider::Journal), every clause of it, and
//! [`SharedJournal`](greenflow_core::provider::SharedJournal), so that several controllers may
//! share one:
//!
//! | store | feature | when |
//! |---|---|---|
//! | `SqliteJournal` | `sqlite` (default) | one file: all controllers are processes of one host |
//! | `PostgresJournal` | `postgres` | controllers on several hosts |
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use greenflow_journal::SqliteJournal;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("rollouts.db");
//! let journal = SqliteJournal::open(&path)?;
//! // Engine::cluster(providers, Arc::new(journal))
//! # drop(journal);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # What both promise
//! - An answer comes after the commit that it is about, and that commit was synced. Whatever
//!   waits at that moment shares it (group commit), at most one write of a rollout, so there is
//!   never more than one sync a commit, and many rollouts cost hardly more than one.
//! - Each frame is kept with a checksum over it and its place. A frame that is read is one that was
//!   written there, and none before it is missing; otherwise the read fails.
//! - A `read` tells what has become of every write that this process began before it, also of
//!   those whose callers have gone.
//! - The queue of writes has a bound; more are refused with [`QueueFull`] as the error's source.
//! - Nothing is repeated that could count twice. After a failure whose outcome is open a writer
//!   starts from what is stored, not from what it remembers.
//!
//! # SQLite in operation
//! - **Files.** `x.db` is the journal; `x.db-wal` and `x.db-shm` belong to it while it is open, so
//!   never copy or delete one of them alone. `x.db-lock` shows who has it open. `x.db-reserve`
//!   keeps room on the disk for the way back: on a full disk no rollout goes on, and ways back,
//!   leases and ends use that room. Make room for it twice, and it is made anew.
//! - **Backup.** `sqlite3 x.db "VACUUM INTO 'copy.db'"` at any time, or all files while no process
//!   has it open. Never put a backup in the place of a journal that rollouts are live in: a lease
//!   epoch would be given twice.
//! - **Reading.** `sqlite3 -readonly x.db` while controllers run: tables `rollout` and `event`.
//!   Moments are milliseconds since the host's start; those with `wall` in their name are Unix time.
//! - **Retention.** Rollouts are kept for ever; a seed rollout is about 120 facts. Delete ended
//!   ones in one transaction (`event` first, then `rollout`), and `VACUUM` while nothing is live.
//!   A deleted id can be used again, so keep ids unique by yourself.
//! - **After a failed sync** the writer opens the file anew and has the log taken over into the
//!   file before it writes again; `SqliteJournal::verify` reads everything.
//! - **What the disk changed.** Where SQLite would silently drop acknowledged transactions, because
//!   a bit of its log has changed, the first process to open it refuses the file instead. A change
//!   in the last or next to last transaction looks like a crash in the middle of it, and is
//!   treated as one.
//!
//! # PostgreSQL in operation
//! - Tables `greenflow_rollout`, `greenflow_event` and `greenflow_schema`, made and migrated when
//!   the journal is opened, under an advisory lock.
//! - Backup, reading and retention are PostgreSQL's; as above, do not go back to an older state
//!   under live rollouts.
//! - Where another server may take over: `target_session_attrs=read-write`, and all servers listed.
//! - PgBouncer from 1.21 on, with `max_prepared_statements` above 0; else connect directly.

mod checksum;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::{OpenError, QueueFull};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresJournal, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteJournal, SqliteOptions};

/// What the README shows compiles: this crate's tests have all that it needs.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../README.md")]
struct Readme;
