//! Several processes, and processes that are killed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use greenflow_core::provider::{Journal as _, JournalError, ListFilter, Rest};
use tokio::runtime::Runtime;

use super::fixture::open;
use super::hand::{append, claim, create, head, lines, process};

/// Appends to its own rollout for as long as it lives, and says what was acknowledged.
#[test]
#[ignore = "is run in a process of its own"]
fn append_until_killed() {
    let (path, name) = (std::env::var("JOURNAL").unwrap(), std::env::var("NAME").unwrap());
    Runtime::new().unwrap().block_on(async {
        let journal = open(path.as_ref());
        let lease = create(&journal, &name).await;
        for at in 1.. {
            append(&journal, &lease, at).await.unwrap();
            println!("has {}", at + 1);
        }
    });
}

#[test]
fn what_a_killed_process_was_told_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    for round in 0..6 {
        let name = format!("r-{round}");
        let mut child = process("processes::append_until_killed", &[])
            .env("JOURNAL", &path)
            .env("NAME", &name)
            .spawn()
            .unwrap();
        let mut said = lines(&mut child).filter(|line| line.starts_with("has "));
        let mut last = said.by_ref().nth(5 + 17 * round);
        child.kill().unwrap();
        last = said.last().or(last);
        child.wait().unwrap();
        let acknowledged: u64 = last.unwrap()["has ".len()..].parse().unwrap();
        Runtime::new().unwrap().block_on(async {
            let journal = open(&path);
            let found = head(&journal, &name).await.unwrap();
            // The one that it was in may be there too.
            assert!((acknowledged..=acknowledged + 1).contains(&found), "{acknowledged} {found}");
            journal.verify().await.unwrap();
            // It goes on from there, in a new epoch.
            let lease = claim(&journal, &name, "c-1", Duration::from_secs(60)).await.unwrap();
            append(&journal, &lease, found).await.unwrap();
        });
    }
}

/// Claims whatever is free until nothing is, and says each with its epoch.
#[test]
#[ignore = "is run in a process of its own"]
fn claim_until_killed() {
    let (path, name) = (std::env::var("JOURNAL").unwrap(), std::env::var("NAME").unwrap());
    Runtime::new().unwrap().block_on(async {
        let journal = open(path.as_ref());
        let free = ListFilter { claimable: true, ..ListFilter::default() };
        loop {
            let all = journal.list(free.clone()).await.unwrap();
            if all.is_empty() {
                return;
            }
            for one in all {
                match claim(&journal, one.rollout.as_str(), &name, Duration::from_secs(3600)).await
                {
                    Ok(lease) => println!("claimed {} {}", lease.token.rollout, lease.token.epoch),
                    Err(JournalError::Held { .. } | JournalError::Unavailable { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    });
}

#[test]
fn processes_claim_each_rollout_once_while_some_are_killed() {
    const COUNT: usize = 120;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let runtime = Runtime::new().unwrap();
    let journal = open(&path);
    runtime.block_on(async {
        for at in 0..COUNT {
            let lease = create(&journal, &format!("r-{at}")).await;
            journal
                .release(&lease.token, Rest { due_in: Some(Duration::ZERO), reached: None })
                .await
                .unwrap();
        }
    });
    let start = |name: &str| {
        let mut command = process("processes::claim_until_killed", &[]);
        command.env("JOURNAL", &path).env("NAME", name).spawn().unwrap()
    };
    let mut children = [start("c-1"), start("c-2"), start("c-3")];
    let mut said = Vec::new();
    for child in &mut children {
        let mut claims = lines(child).filter(|line| line.starts_with("claimed "));
        said.extend(claims.by_ref().take(20));
        child.kill().unwrap();
        said.extend(claims);
        child.wait().unwrap();
    }
    let mut rollouts = BTreeSet::new();
    let twice =
        said.iter().filter(|line| !rollouts.insert(line.split(' ').nth(1).unwrap().to_owned()));
    assert_eq!(twice.count(), 0, "{said:?}");
    let owners: BTreeMap<String, u64> = runtime.block_on(async {
        let all = journal.list(ListFilter::default()).await.unwrap();
        assert_eq!(all.len(), COUNT);
        all.into_iter()
            .filter(|one| one.owner.is_some())
            .map(|one| (one.rollout.to_string(), one.epoch))
            .collect()
    });
    // Each was claimed once by anybody, whether it could say so or not.
    assert!(owners.values().all(|epoch| *epoch == 2), "{owners:?}");
    assert!(rollouts.iter().all(|rollout| owners.contains_key(rollout)));
    assert!(said.len() >= 20, "{}", said.len());
}
