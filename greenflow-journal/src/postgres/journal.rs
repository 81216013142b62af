//! The journal in PostgreSQL.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{ClientWrapper, Pool};
use greenflow_core::provider::{
    Append, Claim, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    SharedJournal, StoredFrame, Summary,
};
use greenflow_core::value::{ControllerId, RolloutId};
use tokio_postgres::Error;

use super::connection::Connection;
use super::migrate::migrate;
use super::options::PostgresOptions;
use super::trouble::Trouble;
use super::writer::Writer;
use super::{leases, list};
use crate::OpenError;
use crate::queue::{Queue, Write};

/// A journal in PostgreSQL, for controllers on several hosts.
///
/// All writes of this process go through one task that takes whatever waits into one statement a
/// kind, which PostgreSQL commits as a whole; reads use other connections of the pool. An append
/// carries an id of its own: when the answer is lost, it is asked for once more on a new connection,
/// and finds out whether it was there.
///
/// Time for leases is the database's own clock, whatever the hosts' clocks say. It should be
/// slewed, not stepped: a step forward ends leases early by as much.
///
/// # Connections
/// The pool is yours, and so are user, password and TLS: make it with the connector you trust, for
/// instance one of rustls. Give it 2 connections or more, and to nobody else: their `lock_timeout`
/// and `default_transaction_isolation` are set. Statements are prepared by name, so a PgBouncer in
/// between must be 1.21 or newer and have `max_prepared_statements` set. Where one server may take
/// over from another, list them all and set `target_session_attrs=read-write`: a connection to one
/// that takes no writes any more is closed, and the next goes to the one that does. The server
/// must have `synchronous_commit` on (the default), or an acknowledged fact can be lost with it;
/// with a standby that takes over it must be synchronous too, or epochs can be given twice.
///
/// # Runtime
/// Needs tokio: the task is spawned when the journal is opened, and ends when it is dropped. On a
/// paused tokio clock deadlines pass at once: use real time.
///
/// # Cancel safety
/// A call that is dropped before its turn writes nothing; later it is written whole or not at all,
/// and a `read` that begins after the drop shows which.
pub struct PostgresJournal {
    pool: Pool,
    queue: Queue,
    deadline: Duration,
}

impl PostgresJournal {
    /// Opens the journal in the database of this pool, with the usual options; makes or migrates
    /// its tables (all named `greenflow_...`) in the first schema of the search path.
    ///
    /// # Errors
    /// When the database cannot be reached or used; [`OpenError`] says why and what to do.
    pub async fn open(pool: Pool) -> Result<Self, OpenError> {
        Self::open_with(pool, PostgresOptions::default()).await
    }

    /// Opens the journal in the database of this pool; makes or migrates its tables.
    ///
    /// # Errors
    /// When the database cannot be reached or used; [`OpenError`] says why and what to do.
    pub async fn open_with(pool: Pool, options: PostgresOptions) -> Result<Self, OpenError> {
        let PostgresOptions { queue, deadline } = options;
        migrate(&pool, deadline).await?;
        let (queue, intake) = Queue::new(queue);
        let writer = Writer::new(pool.clone(), deadline);
        // Ends once the last sender, which is in `Self`, is gone.
        drop(tokio::spawn(writer.run(intake)));
        Ok(Self { pool, queue, deadline })
    }

    /// Claims what is due and leased by nobody, at most `limit`, the longest due first. Controllers
    /// that claim at the same time pass each other's by instead of waiting.
    ///
    /// # Errors
    /// The store's failure. Whether any were claimed is open then; such leases run out.
    pub async fn claim_due(
        &self,
        owner: &ControllerId,
        ttl: Duration,
        limit: usize,
    ) -> Result<Vec<Lease>, JournalError> {
        let claim =
            async |client: &mut ClientWrapper| leases::claim_due(client, owner, ttl, limit).await;
        self.ask(claim).await.map_err(|trouble| trouble.explain())?
    }

    async fn ask<T>(
        &self,
        statement: impl AsyncFnOnce(&mut ClientWrapper) -> Result<T, Error>,
    ) -> Result<T, Trouble> {
        Connection::take(&self.pool, self.deadline).await?.ask(self.deadline, statement).await
    }
}

#[async_trait]
impl Journal for PostgresJournal {
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
        let read =
            async |client: &mut ClientWrapper| list::frames(client, rollout, after, limit).await;
        self.ask(read).await.map_err(Trouble::explain_read)?
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
        let list = async |client: &mut ClientWrapper| list::rollouts(client, &filter).await;
        self.ask(list).await.map_err(Trouble::explain_read)
    }
}

impl SharedJournal for PostgresJournal {}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the pool: its configuration has the password.
        f.debug_struct("PostgresJournal").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
