//! Many controllers claim what is due, and some are killed while they do.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use greenflow_core::provider::Journal as _;
use greenflow_journal::PostgresJournal;

use super::fixture::options;
use super::hand::{TTL, owner};
use super::server::{Server, pool};

/// Puts rollouts there that are due, past the journal: making thousands takes long.
async fn due(server: &Server, database: &str, count: i32) {
    let client = server.pool(database, 1).get().await.unwrap();
    let sql = "INSERT INTO greenflow_rollout (id, service, ended, locks_service, head, epoch,
                 created_by, lease_until, due_at, appended_at)
               SELECT 'r-' || n, 's-' || n, false, true, 0, 1, gen_random_uuid(), '-infinity',
                 now(), now() FROM generate_series(1, $1) n";
    client.execute(sql, &[&count]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_workers_claim_each_rollout_once() {
    let server = Server::shared();
    let database = server.database().await;
    let open = || PostgresJournal::open_with(server.pool(&database, 2), options());
    let first = open().await.unwrap();
    due(server, &database, 2000).await;
    let worker = async |name: String| {
        let journal = open().await.unwrap();
        let mut claimed = Vec::new();
        loop {
            let leases = journal.claim_due(&owner(&name), TTL, 50).await.unwrap();
            if leases.is_empty() {
                return claimed;
            }
            claimed.extend(leases.into_iter().map(|lease| lease.token.rollout));
        }
    };
    let claimed = join_all((0..8).map(|at| worker(format!("c-{at}")))).await.concat();
    assert_eq!(claimed.len(), 2000);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 2000, "claimed twice");
    assert!(first.claim_due(&owner("c-9"), TTL, 50).await.unwrap().is_empty());
}

/// Claims what is due, a few at a time, until nothing is, and says so.
#[test]
#[ignore = "is run in a process of its own"]
fn claim_until_killed() {
    let name = std::env::var("CONTROLLER").unwrap();
    let (socket, database) = (std::env::var("SOCKET").unwrap(), std::env::var("DATABASE").unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pool = pool(socket.as_ref(), &database, 2);
        let journal = PostgresJournal::open_with(pool, options()).await.unwrap();
        loop {
            let leases = journal.claim_due(&owner(&name), TTL, 3).await.unwrap();
            if leases.is_empty() {
                return;
            }
            for lease in leases {
                println!("claimed {}", lease.token.rollout);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_claim_nothing_twice() {
    let server = Server::shared();
    let database = server.database().await;
    let journal = PostgresJournal::open_with(server.pool(&database, 2), options()).await.unwrap();
    due(server, &database, 600).await;
    let journal = Arc::new(journal);
    let start = |name: String| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "claims::claim_until_killed", "--ignored", "--nocapture"])
            .env("CONTROLLER", name)
            .env("SOCKET", server.socket())
            .env("DATABASE", &database)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut said = Vec::new();
    let mut processes: Vec<_> = (0..3).map(|at| start(format!("c-{at}"))).collect();
    // Each is killed after some of its claims, in the middle of the next.
    for process in &mut processes {
        let mut lines =
            BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let claims = lines.by_ref().filter(|line| line.starts_with("claimed ")).take(40);
        said.extend(claims);
        process.kill().unwrap();
        said.extend(lines.filter(|line| line.starts_with("claimed ")));
        process.wait().unwrap();
    }
    let distinct: BTreeSet<&String> = said.iter().collect();
    assert_eq!(distinct.len(), said.len(), "claimed twice");
    // What they have is theirs until the leases run out; what they have not is free.
    let all = journal.list(Default::default()).await.unwrap();
    let theirs = all.iter().filter(|summary| summary.owner.is_some()).count();
    assert!(theirs >= said.len(), "{theirs} leases, {} said", said.len());
    let mut rest = 0;
    loop {
        let leases = journal.claim_due(&owner("c-9"), TTL, 100).await.unwrap();
        if leases.is_empty() {
            break;
        }
        rest += leases.len();
    }
    assert_eq!(theirs + rest, 600);
    assert!(journal.list(Default::default()).await.unwrap().iter().all(|one| one.epoch == 2));
}
