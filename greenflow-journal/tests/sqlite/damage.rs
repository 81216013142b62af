//! What a bad disk does to the files.

use std::fs;
use std::path::{Path, PathBuf};

use greenflow_core::provider::{Journal as _, JournalError};
use greenflow_journal::{OpenError, SqliteJournal};
use tempfile::TempDir;

use super::hand::{append, create, frame, rollout};

/// How many frames the rollout of these tests has.
const FRAMES: u64 = 40;

/// Makes a journal and returns a copy of its files from while it was open: the log has all of it.
async fn files() -> (TempDir, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).unwrap();
    let lease = create(&journal, "r-1").await;
    for at in 1..FRAMES {
        append(&journal, &lease, at).await.unwrap();
    }
    let log = fs::read(folder.path().join("journal.db-wal")).unwrap();
    let main = fs::read(&path).unwrap();
    journal.close();
    (folder, main, log)
}

/// What a journal of these files gives.
enum Found {
    Refused,
    Failed,
    Frames(u64),
}

/// Opens a journal of these files, and has every frame that it gives compared.
async fn look(folder: &Path, place: usize, main: &[u8], log: &[u8]) -> Found {
    let path: PathBuf = folder.join(format!("{place}.db"));
    fs::write(&path, main).unwrap();
    fs::write(folder.join(format!("{place}.db-wal")), log).unwrap();
    let journal = match SqliteJournal::open(&path) {
        Ok(journal) => journal,
        Err(OpenError::NewerSchema { .. }) => return Found::Refused,
        Err(_) => return Found::Refused,
    };
    let found = match journal.read(&rollout("r-1"), 0, usize::MAX).await {
        Err(JournalError::Damaged(_)) => Found::Failed,
        Err(error) => panic!("at {place}: {error:?}"),
        Ok(frames) => {
            for (sequence, stored) in (1..).zip(&frames) {
                assert_eq!((stored.sequence, stored.epoch), (sequence, 1), "at {place}");
                assert_eq!(stored.frame, frame(sequence), "at {place}");
            }
            Found::Frames(frames.len() as u64)
        }
    };
    journal.close();
    for ending in ["", "-wal", "-shm", "-lock", "-reserve"] {
        let _gone = fs::remove_file(folder.join(format!("{place}.db{ending}")));
    }
    found
}

#[tokio::test]
async fn a_torn_log_loses_its_end_only() {
    let (folder, main, log) = files().await;
    let mut least = FRAMES;
    for place in (0..40).rev() {
        let end = log.len() - place * 1777;
        match look(folder.path(), place, &main, &log[..end]).await {
            Found::Frames(found) => least = least.min(found),
            Found::Refused | Found::Failed => panic!("torn at {end} of {}", log.len()),
        }
    }
    assert!(least < FRAMES, "nothing was torn off");
}

#[tokio::test]
async fn no_changed_bit_of_the_log_gives_a_wrong_frame() {
    let (folder, main, log) = files().await;
    let (mut refused, mut whole) = (0, 0);
    let places = (0..120).map(|at| (at, at * (log.len() - 1) / 119));
    for (place, byte) in places {
        let mut changed = log.clone();
        changed[byte] ^= 1 << (place % 8);
        match look(folder.path(), place, &main, &changed).await {
            Found::Refused | Found::Failed => refused += 1,
            Found::Frames(FRAMES) => whole += 1,
            // Only the end may be lost, as in a crash.
            Found::Frames(found) => {
                assert!(found >= FRAMES - 2, "{found} after a change at {byte}");
            }
        }
    }
    assert!(refused >= 100, "{refused} refused, {whole} whole");
}

#[tokio::test]
async fn no_changed_bit_of_the_file_gives_a_wrong_frame() {
    let (folder, _, _) = files().await;
    // Closed: all of it is in the file.
    let main = fs::read(folder.path().join("journal.db")).unwrap();
    let (mut caught, mut whole) = (0, 0);
    for place in 0..300 {
        let byte = place * (main.len() - 1) / 299;
        let mut changed = main.clone();
        changed[byte] ^= 1 << (place % 8);
        match look(folder.path(), place, &changed, &[]).await {
            Found::Refused | Found::Failed => caught += 1,
            Found::Frames(found) => {
                assert_eq!(found, FRAMES, "after a change at {byte}");
                whole += 1;
            }
        }
    }
    assert!(caught >= 50, "{caught} caught, {whole} whole");
}
