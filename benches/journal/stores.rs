//! The two journals, opened, and rollouts in them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use greenflow_core::provider::{Create, Journal, Lease, Rest};
use greenflow_journal::{PostgresJournal, PostgresOptions, SqliteJournal};

use super::Trouble;
use super::server::Server;

/// Longer than any run.
pub(crate) const TTL: Duration = Duration::from_secs(3600);

/// A journal in one file.
pub(crate) struct Sqlite {
    pub(crate) journal: Arc<SqliteJournal>,
}

impl Sqlite {
    pub(crate) fn open(folder: &Path) -> Result<Self, Trouble> {
        Ok(Self { journal: Arc::new(SqliteJournal::open(folder.join("journal.db"))?) })
    }

    /// Makes rollouts that are due.
    pub(crate) async fn make_due(&self, count: usize) -> Result<(), Trouble> {
        let journal = &*self.journal;
        let one = async |at| {
            let lease = create(journal, format!("due-{at}")).await?;
            Ok(journal
                .release(&lease.token, Rest { due_in: Some(Duration::ZERO), reached: None })
                .await?)
        };
        stream::iter(0..count).map(one).buffer_unordered(1000).try_collect().await
    }
}

/// A journal in a database of its own.
pub(crate) struct Postgres {
    server: &'static Server,
    database: String,
    pub(crate) journal: Arc<PostgresJournal>,
}

impl Postgres {
    pub(crate) async fn open(server: &'static Server) -> Result<Self, Trouble> {
        let database = server.database().await;
        let journal = Arc::new(open(server, &database).await?);
        Ok(Self { server, database, journal })
    }

    /// Opens it once more, as another controller does.
    pub(crate) async fn another(&self) -> Result<PostgresJournal, Trouble> {
        open(self.server, &self.database).await
    }

    /// Returns how often the server has synced its log, as it tells once it has nothing to do: what
    /// serves a connection adds its figures up to 10 s after its last statement.
    pub(crate) async fn syncs(&self, settling: Duration) -> Result<i64, Trouble> {
        tokio::time::sleep(settling).await;
        let client = self.server.pool(&self.database, 1).get().await?;
        Ok(client.query_one("SELECT wal_sync FROM pg_stat_wal", &[]).await?.get(0))
    }

    /// Puts rollouts there that are due, past the journal.
    pub(crate) async fn make_due(&self, count: usize) -> Result<(), Trouble> {
        let client = self.server.pool(&self.database, 1).get().await?;
        let sql = "INSERT INTO greenflow_rollout (id, service, ended, locks_service, head, epoch,
                     created_by, lease_until, due_at, appended_at)
                   SELECT 'due-' || n, 'due-' || n, false, true, 0, 1, gen_random_uuid(),
                     '-infinity', now(), now() FROM generate_series(1, $1::int) n";
        client.execute(sql, &[&i32::try_from(count)?]).await?;
        // As the server's own housekeeping does sooner or later.
        client.batch_execute("ANALYZE greenflow_rollout").await?;
        Ok(())
    }
}

async fn open(server: &Server, database: &str) -> Result<PostgresJournal, Trouble> {
    // The machine may be busy.
    let options = PostgresOptions::default().deadline(Duration::from_secs(60));
    Ok(PostgresJournal::open_with(server.pool(database, 2), options).await?)
}

/// Creates a rollout of a service of the same name.
pub(crate) async fn create(journal: &dyn Journal, name: String) -> Result<Lease, Trouble> {
    let (service, rollout, owner) = (name.parse()?, name.parse()?, "bench".parse()?);
    let frames = vec![b"first".to_vec()];
    Ok(journal.create(Create { rollout, service, owner, ttl: TTL, frames }).await?)
}
