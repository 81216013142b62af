//! The folder of one round.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use greenflow_core::engine::{Engine, TokioClock};
use greenflow_core::fact::Entry;
use greenflow_core::plan::{Analysis, FaultPolicy, Limit, Plan, PlanError, Timing};
use greenflow_core::provider::{Clock, ProviderError, Providers};
use greenflow_core::value::{Digest, InvalidDigest, Revision, RolloutId, Side};
use greenflow_journal::{OpenError, SqliteJournal};

use super::{Call, CallLog, logged};
use crate::file_provider::{FileWorld, Pace};

/// The folder of one round: a world, a journal and a log of calls. The parent makes it, and its
/// children work in it.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Site {
    /// Takes the site in this folder.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), clock: Arc::new(TokioClock::new()) }
    }

    /// Makes the world: blue serves, and of a million requests on green so many will fail.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(&self, failing_ppm: u64) -> Result<(), SiteError> {
        std::fs::create_dir_all(&self.folder)?;
        let (plan, clock) = (plan()?, Arc::clone(&self.clock));
        let blue = digest("a")?;
        let world = FileWorld::create(self.folder.join("world"), clock, plan.body(), &blue)?;
        world.demand(PER_SECOND)?;
        world.fail_requests(Side::Green, failing_ppm)?;
        Ok(())
    }

    /// Returns where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where the journal is.
    #[must_use]
    pub fn journal_file(&self) -> PathBuf {
        self.folder.join("journal.db")
    }

    /// Opens the world.
    #[must_use]
    pub fn world(&self) -> FileWorld {
        FileWorld::open(self.folder.join("world"), Arc::clone(&self.clock)).with_pace(PACE)
    }

    /// Returns the world's providers, each call of which is written down.
    pub(super) fn providers(&self) -> io::Result<Providers> {
        let log = CallLog::open(&self.call_file(), Arc::clone(&self.clock))?;
        Ok(logged::logged(&self.world().providers(), &log))
    }

    /// Returns every call so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn calls(&self) -> io::Result<Vec<Call>> {
        if self.call_file().exists() { CallLog::read(&self.call_file()) } else { Ok(Vec::new()) }
    }

    /// Reads the rollout's facts. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be opened or read.
    pub fn entries(&self) -> Result<Vec<Entry>, SiteError> {
        let journal = Arc::new(SqliteJournal::open(self.journal_file())?);
        let engine = Engine::single(self.world().providers(), journal);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        Ok(runtime.block_on(engine.entries(&rollout()))?)
    }

    /// Returns the clock that all times of a round are taken from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    fn call_file(&self) -> PathBuf {
        self.folder.join("calls.jsonl")
    }
}

/// What keeps a round from being played.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "the example's own")]
pub enum SiteError {
    /// The folder cannot be used, or a process cannot be started.
    #[error("the folder of the round cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The world cannot be used.
    #[error("the world cannot be used: {0}")]
    World(#[from] ProviderError),
    /// The journal cannot be opened.
    #[error("the journal cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// The journal cannot be read.
    #[error("the journal cannot be read: {0}")]
    Engine(#[from] greenflow_core::engine::EngineError),
    /// The facts make no record.
    #[error("the facts make no record: {0}")]
    Record(#[from] greenflow_core::record::RecordError),
    /// The built-in plan is none.
    #[error("the plan is none: {0}")]
    Plan(#[from] PlanError),
    /// The built-in digest is none.
    #[error("the digest is none: {0}")]
    Digest(#[from] InvalidDigest),
    /// It came to no end.
    #[error("it came to no end within {0:?}")]
    Endless(Duration),
}

/// The rollout that every round carries out.
///
/// # Panics
/// Never: its name is a constant.
#[must_use]
#[expect(clippy::expect_used, reason = "a constant that is a valid name")]
pub fn rollout() -> RolloutId {
    RolloutId::new("api-1").expect("a valid name")
}

/// A rollout that takes some seconds on a real clock. The holds are as short as a plan may say:
/// as long as the time between two samples. The two readings of a side at 0 before it is removed,
/// 10 s apart, are no setting.
pub(super) fn plan() -> Result<Plan, SiteError> {
    let (second, short) = (Duration::from_secs(1), Duration::from_millis(200));
    let timing = Timing {
        observe_every: short,
        quiet: second,
        poll: short,
        fresh: second,
        observe_timeout: Duration::from_secs(60),
        ..Timing::default()
    };
    let analysis = Analysis::every(second).consecutive(1).min_requests(50);
    Ok(Plan::builder("api", Revision::new("registry.example.com/api", digest("b")?))
        .probe("api")
        .limit(Limit::error_rate_percent(1))
        .step(10, second)
        .step(50, second)
        .step(100, Duration::ZERO)
        .shift_analysis(analysis.clone())
        .bake(second)
        .bake_analysis(analysis)
        .retain(second)
        .remove_blue()
        .faults(FaultPolicy { remeasure_within: second, ..FaultPolicy::default() })
        .timing(timing)
        .build()?)
}

/// Blue's digest is all `a`, green's all `b`.
pub(super) fn digest(fill: &str) -> Result<Digest, InvalidDigest> {
    Digest::new(format!("sha256:{}", fill.repeat(64)))
}

/// How many targets a side has.
pub(super) const TARGETS: usize = 4;
/// Three quarters of what four targets carry, with the plan's headroom.
const PER_SECOND: u64 = 300;
const PACE: Pace = Pace {
    startup: Duration::from_millis(300),
    shortest: Duration::from_millis(200),
    delay: Duration::from_millis(100),
};
