//! Opening: migrations, and what is refused.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use futures_util::future::join_all;
use greenflow_journal::{OpenError, PostgresJournal, PostgresOptions};

use super::fixture::options;
use super::hand::{create, head};
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
    assert_eq!(row.get::<_, i64>(0), 1, "migrated once");
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
    assert!(matches!(error, OpenError::NewerSchema { found: 99, known: 1 }), "{error}");
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
