//! Statements that wait for each other.

use std::time::Duration;

use super::server::Server;

/// Returns once a statement in this database waits for a lock.
pub(crate) async fn waits_for_a_lock(server: &Server, database: &str) {
    let client = server.pool("postgres", 1).get().await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE datname = $1 AND wait_event_type = 'Lock'";
    for _ in 0..6000 {
        if client.query_one(sql, &[&database]).await.unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing waits for a lock in {database}");
}
