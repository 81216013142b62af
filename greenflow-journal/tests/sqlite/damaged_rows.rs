//! Rows with values that were never written.

use std::path::Path;

use greenflow_core::provider::{Journal as _, JournalError, Rest};
use tempfile::TempDir;

use super::fixture::{connect, open};
use super::hand::{TTL, append, claim, create, head};

/// Values that no write has made, and in which table.
const DAMAGES: [(&str, &str); 6] = [
    ("rollout", "head = -1"),
    ("rollout", "epoch = -1"),
    ("rollout", "owner = CAST(X'ff' AS TEXT)"),
    ("event", "sequence = -1"),
    ("event", "epoch = -1"),
    ("event", "checksum = -1"),
];

fn folder() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    (folder, path)
}

/// Damages the first rollout, or its first frame.
fn damage(path: &Path, (table, what): (&str, &str)) {
    let row = if table == "event" { "sequence = 1 AND rollout" } else { "number" };
    let changed = connect(path).execute(&format!("UPDATE {table} SET {what} WHERE {row} = 1"), []);
    assert_eq!(changed, Ok(1), "{what}");
}

#[tokio::test]
async fn a_read_of_them_says_damaged() {
    for damages in DAMAGES {
        let (_folder, path) = folder();
        let journal = open(&path);
        create(&journal, "r-1").await;
        damage(&path, damages);
        let read = head(&journal, "r-1").await;
        assert!(matches!(read, Err(JournalError::Damaged(_))), "{damages:?}: {read:?}");
        let whole = journal.verify().await;
        assert!(matches!(whole, Err(JournalError::Damaged(_))), "{damages:?}: {whole:?}");
    }
}

#[tokio::test]
async fn a_write_to_them_says_damaged_and_stops_no_other() {
    for damages in DAMAGES.into_iter().filter(|(table, _)| *table == "rollout") {
        let (_folder, path) = folder();
        let journal = open(&path);
        let (first, second) = (create(&journal, "r-1").await, create(&journal, "r-2").await);
        damage(&path, damages);
        // While somebody reads, a writer that opens the file anew can write nothing.
        let other = connect(&path);
        let reading = other.unchecked_transaction().unwrap();
        let sql = "SELECT count(*) FROM rollout";
        reading.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        for refused in [
            append(&journal, &first, 1).await,
            journal.renew(&first.token, TTL).await,
            journal.release(&first.token, Rest::default()).await,
            claim(&journal, "r-1", "c-1", TTL).await.map(drop),
        ] {
            assert!(matches!(refused, Err(JournalError::Damaged(_))), "{damages:?}: {refused:?}");
        }
        append(&journal, &second, 1).await.unwrap();
    }
}

#[tokio::test]
async fn an_epoch_that_goes_no_further_is_damage() {
    let (_folder, path) = folder();
    let journal = open(&path);
    create(&journal, "r-1").await;
    damage(&path, ("rollout", "epoch = 9223372036854775807"));
    let refused = claim(&journal, "r-1", "c-1", TTL).await;
    assert!(matches!(refused, Err(JournalError::Damaged(_))), "{refused:?}");
}
