//! A controller whose PostgreSQL server goes away in the middle of its rollout.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what should not happen"
)]

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../audit.rs"]
mod audit;
#[expect(dead_code, reason = "the server of the journal's tests")]
#[path = "../../greenflow-journal/tests/postgres/server.rs"]
mod server;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use greenflow_core::engine::Engine;
use greenflow_core::record::{Record, RecordOutcome};
use greenflow_core::value::Side;
use greenflow_examples::process::{Ending, LEASE, RENEW, Site, SiteError, drive, rollout};
use greenflow_journal::{PostgresJournal, PostgresOptions};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

use self::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_and_connections_that_are_cut_change_no_end() {
    let mut round = Round::begin(LEASE, RENEW).await;
    round.until_green_has(1_000).await;
    round.server.stop_at_once();
    tokio::time::sleep(LEASE / 3).await;
    round.server.resume();
    round.until_green_has(5_000).await;
    round.cut_connections_often().await;
    round.until_green_has(10_000).await;
    round.server.stop_at_once();
    // Nobody may act meanwhile: the lease is over, and has to be claimed anew.
    tokio::time::sleep(LEASE * 2).await;
    round.server.resume();
    let ending = round.ending().await;
    assert_eq!(ending.outcome(), RecordOutcome::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worse_green_is_left_while_the_server_is_away() {
    // Long enough that it is not over before blue has all requests again.
    let mut round = Round::begin(LEASE * 20, RENEW).await;
    round.until_green_has(5_000).await;
    round.server.stop_at_once();
    round.site.world().fail_requests(Side::Green, 300_000).unwrap();
    round.until_green_has(0).await;
    round.server.resume();
    let ending = round.ending().await;
    assert_eq!(ending.outcome(), RecordOutcome::RolledBack);
}

/// One at a time: neither is to wait for the other's server, and between its fork and its exec a
/// process shares the locks on the files of a world.
static TURN: Mutex<()> = Mutex::const_new(());

/// A rollout that is under way, on a world in a folder and with a server of its own.
struct Round {
    _turn: MutexGuard<'static, ()>,
    _folder: TempDir,
    server: Server,
    database: String,
    site: Site,
    engine: Engine,
    driver: JoinHandle<Result<(), SiteError>>,
}

impl Round {
    async fn begin(lease: Duration, renew: Duration) -> Self {
        let turn = TURN.lock().await;
        let folder = tempfile::tempdir().unwrap();
        let site = Site::at(folder.path());
        site.create(0).unwrap();
        let server = Server::start();
        let database = server.database().await;
        let pool = server.pool(&database, 4);
        let journal = PostgresJournal::open_with(pool, PostgresOptions::default()).await.unwrap();
        let engine = Engine::cluster(site.world().providers(), Arc::new(journal));
        let engine = engine.with_lease(lease, renew);
        let drives = engine.clone();
        let driver = tokio::spawn(async move { drive(&drives).await });
        Self { _turn: turn, _folder: folder, server, database, site, engine, driver }
    }

    /// Waits until the balancer's configuration gives green this share, in basis points.
    async fn until_green_has(&mut self, share: u16) {
        let world = self.site.world();
        let begun = Instant::now();
        while world.standing().unwrap().green_share != Some(share) {
            if let Some(ended) = (&mut self.driver).now_or_never() {
                let record = Record::from_entries(&self.engine.entries(&rollout()).await.unwrap());
                panic!("it ended before green had {share}: {ended:?}, {:?}", record.unwrap());
            }
            assert!(begun.elapsed() < PATIENCE, "green never had {share}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Cuts all connections, again and again, until several were there to be cut.
    async fn cut_connections_often(&self) {
        let begun = Instant::now();
        let mut cut = 0;
        while cut < 5 {
            assert!(begun.elapsed() < PATIENCE, "only {cut} connections were there");
            cut += self.cut_connections().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Returns how many there were.
    async fn cut_connections(&self) -> usize {
        let client = self.server.pool("postgres", 1).get().await.unwrap();
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        client.query(sql, &[&self.database]).await.unwrap().len()
    }

    /// Waits for the end, audits the facts, and looks at what is left of the world.
    async fn ending(mut self) -> Ending {
        let ended = tokio::time::timeout(PATIENCE, &mut self.driver).await;
        ended.expect("it never ended").unwrap().unwrap();
        let entries = self.engine.entries(&rollout()).await.unwrap();
        let ending = Ending::with(&self.site, entries).unwrap();
        assert_eq!(ending.left_behind().unwrap(), Vec::<String>::new());
        let socket = self.server.socket().display().to_string().replace('/', "%2F");
        let url = format!("postgres://test@{socket}/{}", self.database);
        let audited = tokio::task::spawn_blocking(move || audited(&url)).await.unwrap();
        assert_eq!(audited.0, 0, "{}", audited.1);
        assert!(audited.1.contains("nothing"), "{}", audited.1);
        ending
    }
}

fn audited(url: &str) -> (u8, String) {
    let mut told = Vec::new();
    let arguments = ["audit", url].map(OsString::from);
    let status = audit::run(arguments, &mut told, &mut std::io::stderr());
    (status, String::from_utf8(told).unwrap())
}

const PATIENCE: Duration = Duration::from_secs(180);
