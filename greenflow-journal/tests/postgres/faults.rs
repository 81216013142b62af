//! What goes wrong between a journal and its server, really injected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use greenflow_core::provider::{Claim, Journal as _, JournalError, Lease, Rest};
use greenflow_core::testkit::Fate;
use greenflow_journal::{PostgresJournal, PostgresOptions};

use super::fixture::options;
use super::hand::{TTL, append, create, head, owner, rollout};
use super::proxy::Proxy;
use super::server::{Server, pool};

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again_and_counts_once() {
    let server = Server::shared();
    let database = server.database().await;
    let proxy = Proxy::before(&server.socket());
    let through = pool(proxy.folder(), &database, 2);
    let journal = PostgresJournal::open_with(through, options()).await.unwrap();
    let lease = create(&journal, "r-1", "c-1").await;
    for (expected, fate) in (1..).zip([Fate::LostApplied, Fate::LostNotApplied, Fate::LostApplied])
    {
        proxy.doom_any(fate);
        append(&journal, &lease, expected).await.unwrap();
        assert!(proxy.has_struck(), "{fate:?}");
        assert_eq!(head(&journal, "r-1").await, expected + 1, "{fate:?}");
    }
    // Leases too: a claim may count twice, a release only once.
    proxy.doom_any(Fate::LostApplied);
    let claim = Claim { rollout: rollout("r-1"), owner: owner("c-1"), ttl: TTL };
    let again = journal.claim(claim).await.unwrap();
    assert!(again.token.epoch > lease.token.epoch && proxy.has_struck());
    proxy.doom_any(Fate::LostApplied);
    journal.renew(&again.token, TTL).await.unwrap();
    proxy.doom_any(Fate::LostApplied);
    journal.release(&again.token, Rest::default()).await.unwrap();
    assert!(proxy.has_struck());
    let fenced = journal.release(&again.token, Rest::default()).await.unwrap_err();
    assert!(matches!(fenced, JournalError::Fenced { .. }), "{fenced}");
    proxy.doom_any(Fate::LostApplied);
    create(&journal, "r-2", "c-1").await;
    assert!(proxy.has_struck());
}

/// Appends frames until the faults are over, each until it is answered or seen; returns the head, and
/// how often there was no answer.
async fn insist(journal: &PostgresJournal, name: &str, lease: &Lease, over: &Over) -> (u64, u64) {
    let mut unanswered = 0;
    let mut at = 1;
    while !over.load(Ordering::Relaxed) {
        match append(journal, lease, at).await {
            Ok(()) => at += 1,
            Err(JournalError::Unavailable { .. }) => {
                unanswered += 1;
                at = loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    match journal.read(&rollout(name), 0, usize::MAX).await {
                        Ok(frames) => break frames.len() as u64,
                        Err(JournalError::Unavailable { .. }) => {}
                        Err(error) => panic!("{name}: {error}"),
                    }
                };
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    (at, unanswered)
}

/// Whether the faults are over.
type Over = AtomicBool;

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_lose_and_double_nothing() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 4), options()).await.unwrap();
    let journal = Arc::new(journal);
    let names: Vec<String> = (0..8).map(|at| format!("r-{at}")).collect();
    let over = Arc::new(Over::new(false));
    let mut running = Vec::new();
    for name in names.clone() {
        let lease = create(journal.as_ref(), &name, "c-1").await;
        let (journal, over) = (Arc::clone(&journal), Arc::clone(&over));
        running.push(tokio::spawn(async move { insist(&journal, &name, &lease, &over).await }));
    }
    let other = server.pool(&database, 1).get().await.unwrap();
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut cut = 0;
    for _ in 0..6 {
        cut += other.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    over.store(true, Ordering::Relaxed);
    assert!(cut > 0, "only {cut} connections were cut");
    for (name, done) in names.iter().zip(join_all(running).await) {
        let (at, _) = done.unwrap();
        assert!(at > 1, "{name}");
        assert_eq!(head(journal.as_ref(), name).await, at, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_and_starts_loses_nothing() {
    let server = Server::start();
    let database = server.database().await;
    let options = PostgresOptions::default().deadline(Duration::from_secs(5));
    let journal = PostgresJournal::open_with(server.pool(&database, 4), options).await.unwrap();
    let journal = Arc::new(journal);
    let lease = create(journal.as_ref(), "r-1", "c-1").await;
    let over = Arc::new(Over::new(false));
    let (other, until) = (Arc::clone(&journal), Arc::clone(&over));
    let running = tokio::spawn(async move { insist(&other, "r-1", &lease, &until).await });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stop_at_once();
        assert!(journal.list(Default::default()).await.is_err());
        server.resume();
    }
    over.store(true, Ordering::Relaxed);
    let (at, unanswered) = running.await.unwrap();
    assert!(unanswered > 0, "it never noticed");
    assert_eq!(head(journal.as_ref(), "r-1").await, at);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_locked_rollout_stops_no_other() {
    let server = Server::shared();
    let database = server.database().await;
    // The lock is waited for a quarter of that, twice.
    let options = PostgresOptions::default().deadline(Duration::from_secs(20));
    let journal = PostgresJournal::open_with(server.pool(&database, 4), options).await.unwrap();
    let journal = Arc::new(journal);
    let mut leases = Vec::new();
    for name in ["r-1", "r-2", "r-3"] {
        leases.push(create(journal.as_ref(), name, "c-1").await);
    }
    let mut other = server.pool(&database, 1).get().await.unwrap();
    let holding = other.transaction().await.unwrap();
    let sql = "SELECT 1 FROM greenflow_rollout WHERE id = 'r-2' FOR UPDATE";
    holding.query_one(sql, &[]).await.unwrap();
    let answers = join_all(leases.iter().map(|lease| append(journal.as_ref(), lease, 1))).await;
    let went: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(went, [true, false, true], "{answers:?}");
    drop(holding);
}
