//! The journal in one file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    Append, Claim, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    SharedJournal, StoredFrame, Summary,
};
use greenflow_core::value::RolloutId;

use super::clock::Moment;
use super::open::Site;
use super::options::SqliteOptions;
use super::reader::Reader;
use super::writer::Writer;
use super::{list, verify};
use crate::OpenError;
use crate::queue::{Queue, Write};

/// A journal in one SQLite file, for the processes of one host.
///
/// All writes go through one thread that takes whatever waits into one commit, synced before any of
/// it is answered; reads go through another. Neither needs a runtime. The threads end when the
/// journal is dropped and what was waiting is written; [`SqliteJournal::close`] waits for that.
///
/// Time for leases is the host's own, from its start, suspended or not: no change of the wall
/// clock moves it, and all processes of the host share it. After the host has started anew all
/// leases are over, and whatever waits to be due is due.
///
/// # Limits
/// Linux only, and one host only: neither SQLite's locks nor this clock reach another, so a file on
/// NFS or SMB is refused. Containers may share a file when they share the host's kernel, the
/// directory (not only the file) and the time namespace.
///
/// # Cancel safety
/// A call that is dropped before its turn writes nothing; later it is written whole or not at all,
/// and a `read` that begins after the drop shows which.
pub struct SqliteJournal {
    site: Arc<Site>,
    queue: Queue,
    reader: Reader,
    threads: [JoinHandle<()>; 2],
}

impl SqliteJournal {
    /// Opens the journal in this file, with the usual options; makes it if it is not there.
    ///
    /// Blocks on the disk: call it before you serve, or on a thread for that.
    ///
    /// # Errors
    /// When the file cannot be used safely; [`OpenError`] says why and what to do.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens the journal in this file; makes it if it is not there. Blocks on the disk.
    ///
    /// # Errors
    /// When the file cannot be used safely; [`OpenError`] says why and what to do.
    pub fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let (queue, intake) = Queue::new(options.queue);
        let (site, connection) = Site::open(path.as_ref(), options)?;
        let site = Arc::new(site);
        let (reader, reads) = Reader::start(Arc::clone(&site))?;
        let writes = Writer::start(Arc::clone(&site), connection, intake)?;
        Ok(Self { site, queue, reader, threads: [reads, writes] })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.site.path.clone()
    }

    /// Reads everything and compares it with its checksums: for a look at a backup, or after the
    /// disk has failed. Takes as long as reading the whole file; writes go on meanwhile.
    ///
    /// # Errors
    /// `Damaged` with the first thing that is wrong, or the store's failure.
    pub async fn verify(&self) -> Result<(), JournalError> {
        self.reader.read(verify::everything).await
    }

    /// Writes what waits, takes the log over into the file, and returns when all is closed. Blocks
    /// for as long; dropping the journal does the same without waiting.
    pub fn close(self) {
        let Self { site, queue, reader, threads } = self;
        drop((site, queue, reader));
        for thread in threads {
            let _panicked = thread.join();
        }
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        self.queue.lease(Write::Create(request)).await
    }

    async fn append(&self, request: Append) -> Result<(), JournalError> {
        self.queue.write(Write::Append(request)).await.map(drop)
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        self.queue.settled().await?;
        let rollout = rollout.clone();
        self.reader.read(move |from| list::frames(from, &rollout, after, limit)).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        self.queue.lease(Write::Claim(request)).await
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        self.queue.write(Write::Renew { token: token.clone(), ttl }).await.map(drop)
    }

    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
        self.queue.write(Write::Release { token: token.clone(), rest }).await.map(drop)
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        let boot = self.site.boot;
        self.reader.read(move |from| list::rollouts(from, Moment::now(boot), &filter)).await
    }
}

/// For the processes of one host.
impl SharedJournal for SqliteJournal {}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.site.path).finish_non_exhaustive()
    }
}
