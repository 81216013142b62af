//! A full disk: a small file system of its own, really full.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use greenflow_core::provider::{Journal as _, JournalError};
use greenflow_journal::{SqliteJournal, SqliteOptions};
use tokio::runtime::Runtime;

use super::hand::{append, append_frame, claim, create, lines, process, request, rollout};

/// Takes all room but the last few bytes.
fn fill(folder: &Path) {
    let mut file = File::options().create(true).append(true).open(folder.join("others")).unwrap();
    for block in [64 << 10, 4 << 10, 512, 1] {
        while file.write_all(&vec![7; block]).is_ok() {}
    }
}

fn is_full(answer: Result<(), JournalError>) -> bool {
    matches!(answer, Err(JournalError::Unavailable { reason, .. }) if reason.contains("full"))
}

#[test]
#[ignore = "is run on a small file system of its own"]
fn on_a_full_disk() {
    let folder = std::env::var("FOLDER").unwrap();
    let folder = Path::new(&folder);
    let path = folder.join("journal.db");
    let options = || SqliteOptions::default().reserve(2 << 20);
    Runtime::new().unwrap().block_on(async {
        let journal = SqliteJournal::open_with(&path, options()).unwrap();
        let lease = create(&journal, "r-1").await;
        append(&journal, &lease, 1).await.unwrap();
        fill(folder);
        // Until the log is full too, a forward append may still find room in it.
        let mut head = 2;
        let mut forward = Ok(());
        for _ in 0..2000 {
            forward = append(&journal, &lease, head).await;
            if forward.is_err() {
                break;
            }
            head += 1;
        }
        assert!(is_full(forward), "it was never full");
        assert!(folder.join("journal.db-reserve").exists(), "no forward write spends it");
        // The way back: 64 KiB of facts, one by one, and its lease.
        for _ in 0..128 {
            append_frame(&journal, &lease, head, vec![1; 512], true).await.unwrap();
            head += 1;
            journal.renew(&lease.token, Duration::from_secs(60)).await.unwrap();
        }
        assert!(!folder.join("journal.db-reserve").exists(), "it was needed");
        assert!(is_full(append(&journal, &lease, head).await), "no forward write uses its room");
        let created = journal.create(request("r-2", "c-1")).await;
        assert!(is_full(created.map(drop)));
        // A controller that starts now can take the way back over.
        drop(journal);
        let journal = SqliteJournal::open_with(&path, options()).unwrap();
        let lease = claim(&journal, "r-1", "c-1", Duration::from_secs(60)).await.unwrap();
        assert_eq!(lease.head, head);
        append_frame(&journal, &lease, head, vec![1; 512], true).await.unwrap();
        head += 1;
        // Room again: forward again, and the reserve is back.
        fs::remove_file(folder.join("others")).unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        append(&journal, &lease, head).await.unwrap();
        assert!(folder.join("journal.db-reserve").exists());
        let frames = journal.read(&rollout("r-1"), 0, usize::MAX).await.unwrap();
        assert_eq!(frames.len() as u64, head + 1);
        journal.verify().await.unwrap();
        println!("the end");
    });
}

#[test]
fn a_full_disk_refuses_forward_writes_and_lets_the_way_back_finish() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=12m tmpfs \"$FOLDER\" && exec \"$@\"";
    // In a namespace of its own: nothing stays mounted, and no privilege is needed.
    let wrap = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"];
    let mut child =
        process("full::on_a_full_disk", &wrap).env("FOLDER", folder.path()).spawn().unwrap();
    let said: Vec<String> = lines(&mut child).collect();
    let status = child.wait().unwrap();
    assert!(status.success() && said.iter().any(|line| line.ends_with("the end")), "{said:#?}");
}
