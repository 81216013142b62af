//! Connections that are of no use any more, and those that are.

use std::time::Duration;

use deadpool_postgres::Pool;
use greenflow_core::provider::{Claim, Journal as _, JournalError, Rest};
use greenflow_core::testkit::Fate;
use greenflow_journal::{PostgresJournal, PostgresOptions};

use super::fixture::options;
use super::hand::{TTL, append, create, head, owner, rollout};
use super::locks::waits_for_a_lock;
use super::proxy::Proxy;
use super::server::{Server, pool};

/// Returns what a store that cannot says of it.
fn reason<T>(answer: Result<T, JournalError>) -> String {
    let Err(JournalError::Unavailable { reason, source }) = answer else { panic!("it could") };
    let cause = source.map(|source| format!("{source}: {:?}", source.source()));
    format!("{reason} {cause:?}")
}

/// Locks a row as a session that hangs does, until it is dropped.
async fn lock(server: &Server, database: &str, name: &str) -> Pool {
    let other = server.pool(database, 1);
    let client = other.get().await.unwrap();
    let sql = format!("BEGIN; SELECT 1 FROM greenflow_rollout WHERE id = '{name}' FOR UPDATE");
    client.batch_execute(&sql).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_read_takes_its_connection_with_it() {
    let server = Server::shared();
    let database = server.database().await;
    let connections = server.pool(&database, 2);
    let journal = PostgresJournal::open_with(connections.clone(), options()).await.unwrap();
    create(&journal, "r-1", "c-1").await;
    let _locked = lock(server, &database, "r-1").await;
    let name = rollout("r-1");
    let mut reading = Box::pin(journal.read(&name, 0, 1));
    tokio::select! {
        answer = &mut reading => panic!("{answer:?}"),
        () = waits_for_a_lock(server, &database) => {}
    }
    drop(reading);
    assert_eq!(connections.status().size, 1, "only the writer's is left");
    journal.list(Default::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_a_lock_for_a_part_of_its_time() {
    let server = Server::shared();
    let database = server.database().await;
    let options = PostgresOptions::default().deadline(Duration::from_secs(20));
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options).await.unwrap();
    create(&journal, "r-1", "c-1").await;
    let _locked = lock(server, &database, "r-1").await;
    let said = reason(journal.read(&rollout("r-1"), 0, 1).await);
    assert!(said.contains("lock timeout"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_hangs_is_taken_once() {
    let server = Server::shared();
    let database = server.database().await;
    let proxy = Proxy::before(&server.socket());
    let options = PostgresOptions::default().deadline(Duration::from_secs(5));
    let through = pool(proxy.folder(), &database, 2);
    let journal = PostgresJournal::open_with(through, options).await.unwrap();
    let lease = create(&journal, "r-1", "c-1").await;
    // The writer has one, and the other is in the pool.
    assert_eq!(head(&journal, "r-1").await, 1);
    proxy.freeze();
    let said = reason(append(&journal, &lease, 1).await);
    assert!(said.contains("is open"), "{said}");
    append(&journal, &lease, 1).await.unwrap();
    assert_eq!(head(&journal, "r-1").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_that_cannot_be_sent_leaves_the_write_open() {
    let server = Server::shared();
    let database = server.database().await;
    let proxy = Proxy::before(&server.socket());
    let through = pool(proxy.folder(), &database, 2);
    let journal = PostgresJournal::open_with(through, options()).await.unwrap();
    let lease = create(&journal, "r-1", "c-1").await;
    proxy.doom_any(Fate::LostApplied);
    proxy.close(true);
    let said = reason(append(&journal, &lease, 1).await);
    assert!(proxy.has_struck() && said.contains("is open"), "{said}");
    proxy.close(false);
    assert_eq!(head(&journal, "r-1").await, 2, "it was written");
}

/// On one thread, so that both are in one batch.
#[tokio::test]
async fn a_release_beside_a_refused_one_is_not_taken_for_a_repeat() {
    let server = Server::shared();
    let database = server.database().await;
    let options = PostgresOptions::default().deadline(Duration::from_secs(8));
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options).await.unwrap();
    let first = create(&journal, "r-1", "c-1").await.token;
    let second = create(&journal, "r-2", "c-1").await.token;
    journal.release(&first, Rest::default()).await.unwrap();
    let _locked = lock(server, &database, "r-2").await;
    let (first, second) = tokio::join!(
        journal.release(&first, Rest::default()),
        journal.release(&second, Rest::default())
    );
    assert!(matches!(first, Err(JournalError::Fenced { .. })), "{first:?}");
    let said = reason(second);
    assert!(said.contains("nothing was written"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_left_for_one_that_does() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options()).await.unwrap();
    let lease = create(&journal, "r-1", "c-1").await;
    let other = server.pool("postgres", 1).get().await.unwrap();
    // New sessions are as those of a standby, and there are no others.
    let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = on");
    other.batch_execute(&sql).await.unwrap();
    let sql = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1";
    other.query(sql, &[&database]).await.unwrap();
    let said = loop {
        // That the sessions are gone may show only now.
        let said = reason(append(&journal, &lease, 1).await);
        if said.contains("refused") {
            break said;
        }
    };
    assert!(said.contains("nothing was written"), "{said}");
    let sql = format!("ALTER DATABASE {database} RESET default_transaction_read_only");
    other.batch_execute(&sql).await.unwrap();
    append(&journal, &lease, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_fit_any_more_is_made_anew() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options()).await.unwrap();
    create(&journal, "r-1", "c-1").await;
    let claim = || Claim { rollout: rollout("r-1"), owner: owner("c-1"), ttl: TTL };
    journal.claim(claim()).await.unwrap();
    let other = server.pool(&database, 1).get().await.unwrap();
    let sql = "ALTER TABLE greenflow_rollout ALTER COLUMN id TYPE varchar(200)";
    other.batch_execute(sql).await.unwrap();
    journal.claim(claim()).await.unwrap();
}
