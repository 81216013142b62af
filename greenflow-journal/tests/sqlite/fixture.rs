//! A journal in a folder of its own, and the hands that act on its file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::engine::TokioClock;
use greenflow_core::provider::{Clock, Journal};
use greenflow_core::testkit::journal::JournalFixture;
use greenflow_core::testkit::{Fate, Fixture, NoStimulus, Stimulus};
use greenflow_journal::{SqliteJournal, SqliteOptions};
use rusqlite::Connection;
use tempfile::TempDir;

use super::doomable::Doomable;

/// A journal in a folder of its own.
pub(crate) struct Sqlite {
    folder: TempDir,
    journal: Arc<Doomable>,
    clock: Arc<TokioClock>,
    time: Time,
}

/// How the store's time passes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// As it does; leases are short.
    Real,
    /// All moments in the file are moved into the past; leases are long.
    Moved,
}

impl Sqlite {
    pub(crate) fn new(time: Time) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Doomable::new(open(&path_in(folder.path()))));
        Self { folder, journal, clock: Arc::default(), time }
    }

    pub(crate) fn path(&self) -> PathBuf {
        path_in(self.folder.path())
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// Another connection to the file, as the shell of `sqlite3` has.
pub(crate) fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(30)).unwrap();
    connection
}

pub(crate) fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open_with(path, SqliteOptions::default().busy(BUSY)).unwrap()
}

/// How long the tests' writers wait for a lock.
const BUSY: Duration = Duration::from_millis(1500);

impl Fixture for Sqlite {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// The machine may be busy with other tests.
    fn deadline(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }
}

#[async_trait]
impl JournalFixture for Sqlite {
    fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.journal) as Arc<dyn Journal>
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(if self.time == Time::Real { 3 } else { 3600 })
    }

    async fn let_store_time_pass(&self, span: Duration) -> Stimulus {
        if self.time == Time::Real {
            self.clock.sleep_until(self.clock.monotonic() + span).await;
            return Ok(());
        }
        let sql = "UPDATE rollout SET lease_until_ms = lease_until_ms - ?1,
                     due_at_ms = due_at_ms - ?1, appended_at_ms = appended_at_ms - ?1,
                     reached_at_ms = reached_at_ms - ?1";
        let millis = i64::try_from(span.as_millis()).map_err(NoStimulus::broke)?;
        connect(&self.path()).execute(sql, [millis]).map(drop).map_err(NoStimulus::broke)
    }

    async fn reopen(&self) -> Stimulus<Arc<dyn Journal>> {
        // The files as they are now: what a process that was killed leaves.
        let copy = self.folder.path().join("copy");
        std::fs::create_dir(&copy).map_err(NoStimulus::broke)?;
        for name in ["journal.db", "journal.db-wal"] {
            std::fs::copy(self.folder.path().join(name), copy.join(name))
                .map_err(NoStimulus::broke)?;
        }
        let journal = SqliteJournal::open(path_in(&copy)).map_err(NoStimulus::broke)?;
        Ok(Arc::new(journal))
    }

    async fn doom_next_append(&self, fate: Fate) -> Stimulus {
        self.journal.doom(fate);
        Ok(())
    }
}
