//! Opening: migrations, and what is refused.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use futures_util::future::join_all;
use greenflow_core::provider::{Claim, Journal as _, Rest};
use greenflow_core::value::Timestamp;
use greenflow_journal::{OpenError, PostgresJournal, PostgresOptions};

use super::fixture::options;
use super::hand::{TTL, create, head, owner, rollout};
use super::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_migrate_at_once() {
    let server = Server::shared();
    let database = server.database().await;
    // Whatever the database's own choice is, each sees what another has just made.
    let other = server.pool("postgres", 1).get().await.unwrap();
    let sql = format!("ALTER DATABASE {database} SET default_transaction_isolation = serializable");
    other.batch_execute(&sql).await.unwrap();
    let open = || PostgresJournal::open_with(server.pool(&database, 2), options());
    let journals = join_all((0..8).map(|_| open())).await;
    for (place, journal) in journals.into_iter().enumerate() {
        let (journal, name) = (journal.unwrap(), format!("r-{place}"));
        create(&journal, &name, "c-1").await;
        assert_eq!(head(&journal, &name).await, 1);
    }
    let client = server.pool(&database, 1).get().await.unwrap();
    let row = client.query_one("SELECT count(*) FROM greenflow_schema", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 2, "each step was made once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_the_first_schema_is_brought_to_the_newest_and_loses_nothing() {
    let server = Server::shared();
    let database = server.database().await;
    let pool = server.pool(&database, 2);
    let first = pool.get().await.unwrap();
    first.batch_execute(include_str!("../../src/postgres/schema_1.sql")).await.unwrap();
    let sql = "CREATE TABLE greenflow_schema (
                 version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
               INSERT INTO greenflow_schema (version) VALUES (1);
               INSERT INTO greenflow_rollout VALUES ('r-1', 's', false, true, 0, 3,
                 gen_random_uuid(), NULL, '-infinity', now(), now())";
    first.batch_execute(sql).await.unwrap();
    let journal = PostgresJournal::open_with(pool, options()).await.unwrap();
    let claim = Claim { rollout: rollout("r-1"), owner: owner("c-1"), ttl: TTL };
    let lease = journal.claim(claim.clone()).await.unwrap();
    assert_eq!((lease.token.epoch, lease.head, lease.reached), (4, 0, Timestamp::ZERO));
    let reached = Some(Timestamp::from_millis(7));
    journal.release(&lease.token, Rest { due_in: None, reached }).await.unwrap();
    assert_eq!(journal.claim(claim).await.unwrap().reached, Timestamp::from_millis(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_and_left_alone() {
    let server = Server::shared();
    let database = server.database().await;
    let pool = server.pool(&database, 2);
    drop(PostgresJournal::open(pool.clone()).await.unwrap());
    let client = pool.get().await.unwrap();
    client.execute("INSERT INTO greenflow_schema (version) VALUES (99)", &[]).await.unwrap();
    let error = PostgresJournal::open(pool.clone()).await.unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema { found: 99, known: 2 }), "{error}");
}

/// The lock of migrations: "grnflow".
const LOCK: i64 = 0x0067_726e_666c_6f77;

/// Keeps the lock of migrations, as a process does that has frozen in one.
async fn freeze_in_a_migration(pool: &Pool) -> Object {
    let client = pool.get().await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    client.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_froze_in_a_migration_stops_nobody_who_needs_none() {
    let server = Server::shared();
    let database = server.database().await;
    let options = PostgresOptions::default().deadline(Duration::from_secs(5));
    let open = || PostgresJournal::open_with(server.pool(&database, 2), options.clone());
    drop(open().await.unwrap());
    let _frozen = freeze_in_a_migration(&server.pool(&database, 1)).await;
    drop(open().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_does_not_wait_for_ever() {
    let server = Server::shared();
    let database = server.database().await;
    let frozen = freeze_in_a_migration(&server.pool(&database, 1)).await;
    let options = PostgresOptions::default().deadline(Duration::from_millis(800));
    let open = || PostgresJournal::open_with(server.pool(&database, 2), options.clone());
    let error = open().await.unwrap_err();
    assert!(matches!(error, OpenError::Store { .. }), "{error}");
    drop(frozen);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_an_error_that_says_so() {
    let nowhere = tempfile::tempdir().unwrap();
    let pool = super::server::pool(nowhere.path(), "journal", 1);
    let error = PostgresJournal::open(pool).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot connect to PostgreSQL");
}
