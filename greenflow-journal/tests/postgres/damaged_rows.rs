//! Rows with values that were never written.

use greenflow_core::provider::{Claim, Journal as _, JournalError, Lease, LeaseToken};
use greenflow_journal::PostgresJournal;

use super::fixture::options;
use super::hand::{TTL, append, create, owner, rollout};
use super::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_them_says_damaged_and_no_other_does() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options()).await.unwrap();
    let (first, second) =
        (create(&journal, "r-1", "c-1").await, create(&journal, "r-2", "c-1").await);
    let client = server.pool(&database, 1).get().await.unwrap();
    for damage in ["head = -1, epoch = 1", "head = 1, epoch = -1"] {
        let sql = format!("UPDATE greenflow_rollout SET {damage} WHERE id = 'r-1'");
        client.execute(&sql, &[]).await.unwrap();
        let claim = |name| Claim { rollout: rollout(name), owner: owner("c-2"), ttl: TTL };
        let later = |lease: &Lease| {
            let epoch = lease.token.epoch + 1;
            LeaseToken { epoch, ..lease.token.clone() }
        };
        let (of_first, of_second) = (later(&first), later(&second));
        // In one batch with others that are refused.
        let appends = tokio::join!(append(&journal, &first, 1), append(&journal, &second, 7));
        let claims = tokio::join!(journal.claim(claim("r-1")), journal.claim(claim("r-2")));
        let renewals = tokio::join!(journal.renew(&of_first, TTL), journal.renew(&of_second, TTL));
        for damaged in [appends.0, claims.0.map(drop), renewals.0] {
            assert!(matches!(damaged, Err(JournalError::Damaged(_))), "{damage}: {damaged:?}");
        }
        assert!(matches!(appends.1, Err(JournalError::Conflict { .. })), "{:?}", appends.1);
        assert!(matches!(claims.1, Err(JournalError::Held { .. })), "{:?}", claims.1);
        assert!(matches!(renewals.1, Err(JournalError::Fenced { .. })), "{:?}", renewals.1);
    }
}
