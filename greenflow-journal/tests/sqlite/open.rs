//! Opening: what is refused, and what a new start of the host means.

use std::time::Duration;

use greenflow_core::provider::{Journal as _, ListFilter, Rest};
use greenflow_core::value::Timestamp;
use greenflow_journal::{OpenError, QueueFull, SqliteJournal, SqliteOptions};

use super::fixture::connect;
use super::hand::{append, claim, create};

#[tokio::test]
async fn a_newer_schema_and_a_foreign_file_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    SqliteJournal::open(&path).unwrap().close();
    connect(&path).pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteJournal::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema { found: 99, known: 2 }), "{error}");
    let foreign = folder.path().join("foreign.db");
    connect(&foreign).execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    let error = SqliteJournal::open(&foreign).unwrap_err();
    assert!(matches!(error, OpenError::NotAJournal(_)), "{error}");
    std::fs::write(folder.path().join("text"), "not a database at all, but long enough").unwrap();
    let error = SqliteJournal::open(folder.path().join("text")).unwrap_err();
    assert!(matches!(error, OpenError::NotAJournal(_)), "{error}");
    assert_eq!(std::fs::read(&foreign).unwrap(), before);
}

#[tokio::test]
async fn after_a_new_start_of_the_host_leases_are_over_and_idle_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).unwrap();
    create(&journal, "r-1").await;
    assert!(claim(&journal, "r-1", "c-2", Duration::from_secs(60)).await.is_err());
    let told = create(&journal, "r-2").await;
    let reached = Some(Timestamp::from_millis(7));
    journal.release(&told.token, Rest { due_in: None, reached }).await.unwrap();
    journal.close();
    // As if all of it had been written before, a year ago by the wall clock.
    let sql = "UPDATE boot SET name = 'the one before';
               UPDATE rollout SET appended_at_wall_ms = appended_at_wall_ms - 31536000000,
                 reached_at_wall_ms = reached_at_wall_ms - 31536000000";
    connect(&path).execute_batch(sql).unwrap();
    let journal = SqliteJournal::open(&path).unwrap();
    let free = ListFilter { claimable: true, ..ListFilter::default() };
    assert_eq!(journal.list(free).await.unwrap().len(), 1);
    let lease = claim(&journal, "r-1", "c-2", Duration::from_secs(60)).await.unwrap();
    let told = claim(&journal, "r-2", "c-2", Duration::from_secs(60)).await.unwrap();
    let up: f64 = std::fs::read_to_string("/proc/uptime")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    // The file tells hundredths of a second, cut off.
    let most = Duration::from_secs_f64(up) + Duration::from_secs(3601);
    for lease in [&lease, &told] {
        assert!(lease.idle > Duration::from_secs(3600) && lease.idle <= most, "{:?}", lease.idle);
    }
    assert_eq!(told.reached, Timestamp::from_millis(7));
}

#[tokio::test]
async fn a_journal_of_the_first_schema_is_brought_to_the_newest_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let first = connect(&path);
    first.execute_batch(include_str!("../../src/sqlite/schema_1.sql")).unwrap();
    first.pragma_update(None, "application_id", 0x4746_4a31).unwrap();
    first.pragma_update(None, "user_version", 1).unwrap();
    let sql = "INSERT INTO boot VALUES (1, 'one before', '', 0);
               INSERT INTO rollout VALUES (1, 'r-1', 's', 0, 1, 0, 3, NULL, 1, 0, 1, 0, 1, 0, 0)";
    first.execute_batch(sql).unwrap();
    drop(first);
    let journal = SqliteJournal::open(&path).unwrap();
    let lease = claim(&journal, "r-1", "c-1", Duration::from_secs(60)).await.unwrap();
    assert_eq!((lease.token.epoch, lease.head, lease.reached), (4, 0, Timestamp::ZERO));
    let reached = Some(Timestamp::from_millis(7));
    journal.release(&lease.token, Rest { due_in: None, reached }).await.unwrap();
    let lease = claim(&journal, "r-1", "c-1", Duration::from_secs(60)).await.unwrap();
    assert_eq!(lease.reached, Timestamp::from_millis(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_a_typed_error_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let options = SqliteOptions::default().queue(1).busy(Duration::from_secs(30));
    let journal = SqliteJournal::open_with(&path, options).unwrap();
    let lease = create(&journal, "r-1").await;
    let lock = connect(&path);
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let appends = (0..8).map(|_| append(&journal, &lease, 1));
    let unlock = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(lock);
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(appends), unlock);
    let full = answers.iter().filter(|answer| {
        let source = answer.as_ref().err().and_then(|error| std::error::Error::source(error));
        source.is_some_and(|source| source.is::<QueueFull>())
    });
    assert!(full.count() >= 5, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}
