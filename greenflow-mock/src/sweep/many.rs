//! Many rehearsals of one plan.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use greenflow_core::judge::Judge;
use greenflow_core::plan::{Plan, PlanError};

use super::Finding;
use super::one::One;
use super::report::{SweepReport, Tally};
use super::shrink::shrink;
use crate::swarm::{Faults, Trouble};
use crate::{Rehearsal, WorldSpec};

/// A plan, to be rehearsed as often as you like: each seed is another day, with other faults, and
/// every guarantee is watched on each of them.
///
/// In a test of your own:
///
/// ```
/// use greenflow_core::plan::{Limit, Plan};
/// use greenflow_core::value::{Digest, Revision};
/// use greenflow_mock::swarm::Faults;
/// use greenflow_mock::{Sweep, WorldSpec};
/// use std::time::Duration;
///
/// let digest = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
/// let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
///     .step(10, Duration::from_secs(300))
///     .step(100, Duration::ZERO)
///     .limit(Limit::error_rate_percent(1))
///     .keep_blue()
///     .build()?;
/// let report = Sweep::new(plan, WorldSpec::healthy()).faults(Faults::Swarm).runs(20).run()?;
/// assert_eq!(report.violations, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sweep {
    rehearsal: Rehearsal,
    budget: Duration,
    faults: Faults,
    runs: u64,
    first_seed: u64,
    jobs: usize,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
    replay: Arc<dyn Fn(u64) -> String + Send + Sync>,
}

/// Why a sweep did not take place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The plan does not fit the world's providers; nothing was run.
    #[error("the plan does not fit this world:\n{0}")]
    Plan(PlanError),
}

impl Sweep {
    /// Rehearses `plan` on the world that `spec` describes: 1,000 times, with a swarm of faults,
    /// from seed 1, with as many threads as the machine has processors.
    #[must_use]
    pub fn new(plan: Plan, spec: WorldSpec) -> Self {
        let budget = plan.body().rollback.budget;
        Self {
            rehearsal: Rehearsal::new(plan, spec),
            budget,
            faults: Faults::Swarm,
            runs: 1000,
            first_seed: 1,
            jobs: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            progress: Arc::new(|_| {}),
            replay: Arc::new(|seed| format!("rehearse seed {seed} alone")),
        }
    }

    /// Judges measurements with this instead of by plain thresholds.
    #[must_use]
    pub fn with_judge(mut self, judge: Arc<dyn Judge>) -> Self {
        self.rehearsal = self.rehearsal.with_judge(judge);
        self
    }

    /// Says which faults the runs meet.
    #[must_use]
    pub const fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Says how many runs there are.
    #[must_use]
    pub const fn runs(mut self, runs: u64) -> Self {
        self.runs = runs;
        self
    }

    /// Says the seed of the first run; each next one is one more.
    #[must_use]
    pub const fn first_seed(mut self, seed: u64) -> Self {
        self.first_seed = seed;
        self
    }

    /// Says how many threads share the runs. What comes out does not depend on it.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// Tells of every finished run how many there were so far, from whichever thread ran it.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Arc::new(progress);
        self
    }

    /// Says by which command a person sees the run of a seed again.
    #[must_use]
    pub fn replayed_by(mut self, replay: impl Fn(u64) -> String + Send + Sync + 'static) -> Self {
        self.replay = Arc::new(replay);
        self
    }

    /// Runs them all.
    ///
    /// # Errors
    /// [`SweepError`] when the plan does not fit the world: nothing was run.
    pub fn run(&self) -> Result<SweepReport, SweepError> {
        self.rehearsal.check().map_err(SweepError::Plan)?;
        let quiet = self.rehearsal.clone().without_trace();
        let next = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let total = Mutex::new((Tally::new(), Vec::new()));
        let work = || {
            let (mut tally, mut broken) = (Tally::new(), Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.runs {
                    break;
                }
                let seed = self.first_seed.wrapping_add(number);
                let troubles = self.faults.draw(seed);
                let one = One::run(&quiet, &troubles, seed);
                tally.add(seed, ids(&troubles), &one);
                broken.extend(one.violations.iter().map(|violation| (seed, violation.id)));
                (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.0.merge(tally);
            total.1.extend(broken);
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(work);
            }
        });
        let (tally, broken) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        let findings = self.findings(broken);
        Ok(tally.report(findings, self.budget, |seed| (self.replay)(seed)))
    }

    /// Shrinks the first run that broke each guarantee; the others would say the same again.
    fn findings(&self, mut broken: Vec<(u64, &'static str)>) -> Vec<Finding> {
        broken.sort_unstable();
        let mut told = BTreeSet::new();
        let first = broken.into_iter().filter(|(_, id)| told.insert(*id)).take(MOST_FINDINGS);
        first.map(|(seed, id)| self.finding(seed, id)).collect()
    }

    fn finding(&self, seed: u64, id: &str) -> Finding {
        let quiet = self.rehearsal.clone().without_trace();
        let troubles = shrink(&quiet, &self.faults.draw(seed), seed, id);
        let one = One::run(&self.rehearsal, &troubles, seed);
        let violation = one.violations.iter().find(|violation| violation.id == id);
        Finding {
            invariant: id.to_owned(),
            seed,
            what: violation
                .map(|violation| format!("{} (at {:?})", violation.what, violation.at))
                .unwrap_or_default(),
            replay: (self.replay)(seed),
            faults: troubles.iter().map(ToString::to_string).collect(),
            events: one.events,
        }
    }
}

impl fmt::Debug for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, runs, first_seed, jobs, .. } = self;
        f.debug_struct("Sweep")
            .field("faults", faults)
            .field("runs", runs)
            .field("first_seed", first_seed)
            .field("jobs", jobs)
            .finish_non_exhaustive()
    }
}

fn ids(troubles: &[Trouble]) -> Vec<String> {
    let ids: BTreeSet<_> = troubles.iter().map(|trouble| trouble.id).collect();
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// How many broken guarantees are shrunk and told.
const MOST_FINDINGS: usize = 5;
