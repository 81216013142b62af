//! Each commit is synced, and none more than once.

use std::fs;

use futures_util::future::join_all;
use tokio::runtime::Runtime;

use super::fixture::open;
use super::hand::{append, create, head, lines, process};

#[test]
#[ignore = "is run under strace"]
fn append_alone_and_together() {
    let path = std::env::var("JOURNAL").unwrap();
    Runtime::new().unwrap().block_on(async {
        let journal = open(path.as_ref());
        let names: Vec<_> = (0..TOGETHER).map(|at| format!("r-{at}")).collect();
        let leases = join_all(names.iter().map(|name| create(&journal, name))).await;
        println!("alone");
        for at in 1..=ALONE {
            append(&journal, &leases[0], at).await.unwrap();
        }
        println!("together");
        for round in 0..ROUNDS {
            let rest = leases[1..].iter();
            for answer in join_all(rest.map(|lease| append(&journal, lease, 1 + round))).await {
                answer.unwrap();
            }
        }
        println!("done");
        assert_eq!(head(&journal, "r-0").await.unwrap(), 1 + ALONE);
    });
}

#[test]
fn a_commit_is_synced_once_and_many_writes_share_one() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let calls = "trace=fsync,fdatasync,write";
    let wrap = ["strace", "-f", "-y", "-o", trace.to_str().unwrap(), "-e", calls];
    let mut child = process("syncs::append_alone_and_together", &wrap)
        .env("JOURNAL", folder.path().join("journal.db"))
        .spawn()
        .expect("this test needs strace: apt-get install strace");
    let said: Vec<String> = lines(&mut child).collect();
    assert!(child.wait().unwrap().success(), "{said:#?}");
    let trace = fs::read_to_string(trace).unwrap();
    let between = |from: &str, to: &str| {
        let (_, after) = trace.split_once(&format!("\"{from}")).unwrap();
        let (part, _) = after.split_once(&format!("\"{to}")).unwrap();
        let syncs = part.lines().filter(|line| line.contains("sync(") && line.contains("-wal>"));
        syncs.count() as u64
    };
    // The log is so short that it is not taken over into the file meanwhile.
    assert_eq!(between("alone", "together"), ALONE, "{trace}");
    // As many writes as come while a commit is synced share the next.
    let together = between("together", "done");
    assert!((ROUNDS..=ROUNDS * MOST_COMMITS).contains(&together), "{together}\n{trace}");
}

const ALONE: u64 = 20;
const ROUNDS: u64 = 5;
const TOGETHER: usize = 64;
/// How many commits 63 writes that come at once may take: the first of them may be alone.
const MOST_COMMITS: u64 = 8;
