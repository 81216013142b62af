//! A journal in a database of its own, and the hands that act on it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use greenflow_core::engine::TokioClock;
use greenflow_core::provider::{Clock, Journal};
use greenflow_core::testkit::journal::JournalFixture;
use greenflow_core::testkit::{Fate, Fixture, NoStimulus, Stimulus};
use greenflow_journal::{PostgresJournal, PostgresOptions};

use super::proxy::Proxy;
use super::server::{Server, pool};

/// A journal in a database of its own, behind a proxy that can lose answers.
pub(crate) struct Postgres {
    database: String,
    proxy: Proxy,
    journal: Arc<PostgresJournal>,
    clock: Arc<TokioClock>,
    /// To the server, past the proxy.
    direct: Pool,
    time: Time,
}

/// How the store's time passes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// As it does; leases are short.
    Real,
    /// All moments in the database are moved into the past; leases are long.
    Moved,
}

impl Postgres {
    pub(crate) async fn new(time: Time) -> Self {
        let server = Server::shared();
        let database = server.database().await;
        let proxy = Proxy::before(&server.socket());
        let through = pool(proxy.folder(), &database, 4);
        let journal = Arc::new(PostgresJournal::open_with(through, options()).await.unwrap());
        let direct = server.pool(&database, 2);
        Self { database, proxy, journal, clock: Arc::default(), direct, time }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        Server::shared().leave(std::mem::take(&mut self.database));
    }
}

/// The machine may be busy with other tests.
pub(crate) fn options() -> PostgresOptions {
    PostgresOptions::default().deadline(Duration::from_secs(60))
}

impl Fixture for Postgres {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// Only a call that hangs takes so long.
    fn deadline(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }
}

#[async_trait]
impl JournalFixture for Postgres {
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
        let sql = "UPDATE greenflow_rollout SET lease_until = lease_until - $1 * interval '1 ms',
                     due_at = due_at - $1 * interval '1 ms',
                     appended_at = appended_at - $1 * interval '1 ms',
                     reached_at = reached_at - $1 * interval '1 ms'";
        let millis = span.as_secs_f64() * 1000.0;
        let client = self.direct.get().await.map_err(NoStimulus::broke)?;
        client.execute(sql, &[&millis]).await.map(drop).map_err(NoStimulus::broke)
    }

    async fn reopen(&self) -> Stimulus<Arc<dyn Journal>> {
        let pool = Server::shared().pool(&self.database, 4);
        let journal = PostgresJournal::open_with(pool, options()).await;
        Ok(Arc::new(journal.map_err(NoStimulus::broke)?))
    }

    async fn doom_next_append(&self, fate: Fate) -> Stimulus {
        self.proxy.doom(fate);
        Ok(())
    }
}
