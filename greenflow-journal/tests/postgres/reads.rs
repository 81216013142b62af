//! Reads beside writes that are still being made.

use greenflow_journal::PostgresJournal;

use super::fixture::options;
use super::hand::{append, create, head};
use super::locks::waits_for_a_lock;
use super::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_an_append_and_sees_all_of_it() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options()).await.unwrap();
    let lease = create(&journal, "r-1", "c-1").await;
    append(&journal, &lease, 1).await.unwrap();
    let mut other = server.pool(&database, 1).get().await.unwrap();
    // The second frame is taken away, and comes back in a transaction that is still open.
    let sql = "CREATE TABLE kept AS SELECT * FROM greenflow_event WHERE sequence = 2;
               DELETE FROM greenflow_event WHERE sequence = 2;
               UPDATE greenflow_rollout SET head = 1";
    other.batch_execute(sql).await.unwrap();
    let appending = other.transaction().await.unwrap();
    let sql = "UPDATE greenflow_rollout SET head = 2;
               INSERT INTO greenflow_event SELECT * FROM kept";
    appending.batch_execute(sql).await.unwrap();
    let reading = tokio::spawn(async move { head(&journal, "r-1").await });
    waits_for_a_lock(server, &database).await;
    appending.commit().await.unwrap();
    assert_eq!(reading.await.unwrap(), 2);
}
