//! Opening: migrations, and what is refused.

use futures_util::future::join_all;
use greenflow_journal::{OpenError, PostgresJournal};

use super::fixture::options;
use super::hand::{create, head};
use super::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_migrate_at_once() {
    let server = Server::shared();
    let database = server.database().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_an_error_that_says_so() {
    let nowhere = tempfile::tempdir().unwrap();
    let pool = super::server::pool(nowhere.path(), "journal", 1);
    let error = PostgresJournal::open(pool).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot connect to PostgreSQL");
}
