//! A sync that fails: what only the kernel's memory still has is not taken for durable.

use std::fs;

use greenflow_core::provider::JournalError;
use tokio::runtime::Runtime;

use super::fixture::open;
use super::hand::{append, create, head, lines, process};

#[test]
#[ignore = "is run under strace"]
fn append_through_a_failed_sync() {
    let path = std::env::var("JOURNAL").unwrap();
    Runtime::new().unwrap().block_on(async {
        let journal = open(path.as_ref());
        let lease = create(&journal, "r-1").await;
        let (mut at, mut failed) = (1, 0);
        while at < 30 {
            match append(&journal, &lease, at).await {
                Ok(()) => println!("has {}", at + 1),
                Err(JournalError::Unavailable { reason, .. }) => {
                    assert!(reason.contains("the disk of the journal failed"), "{reason}");
                    failed += 1;
                }
                Err(error) => panic!("{error}"),
            }
            at = head(&journal, "r-1").await.unwrap();
        }
        assert_eq!(failed, 1);
        journal.verify().await.unwrap();
        println!("the end");
    });
}

#[test]
fn after_a_failed_sync_the_log_is_taken_over_before_anything_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let calls = "trace=fsync,fdatasync,ftruncate,write";
    // The twentieth of a thread: opening has fewer, and the writer gets there.
    let fail = "inject=fsync,fdatasync:error=EIO:when=20";
    let wrap = ["strace", "-f", "-y", "-o", trace.to_str().unwrap(), "-e", calls, "-e", fail];
    let mut child = process("failed_sync::append_through_a_failed_sync", &wrap)
        .env("JOURNAL", folder.path().join("journal.db"))
        .spawn()
        .expect("this test needs strace: apt-get install strace");
    let said: Vec<String> = lines(&mut child).collect();
    let status = child.wait().unwrap();
    assert!(status.success() && said.iter().any(|line| line.ends_with("the end")), "{said:#?}");
    let trace = fs::read_to_string(trace).unwrap();
    assert_eq!(trace.matches("(INJECTED)").count(), 1, "{trace}");
    let (_, after) = trace.split_once("(INJECTED)").unwrap();
    let (between, _) = after.split_once("\"has ").unwrap();
    // Into the file, synced there, and the log emptied: its pages in memory are not trusted.
    let synced = between.find("journal.db>").unwrap_or_else(|| panic!("{between}"));
    let emptied = between.lines().any(|line| line.contains("ftruncate(") && line.contains("-wal>"));
    assert!(emptied && between[synced..].contains("ftruncate("), "{between}");
}
