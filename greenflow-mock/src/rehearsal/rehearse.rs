//! One rehearsal: plan, world, seed, and what came of it.

use std::sync::Arc;

use futures_util::future::join;
use greenflow_core::engine::{Engine, EngineError, RunEnd};
use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::plan::Plan;
use greenflow_core::value::{InvalidName, RolloutId, Who};

use super::HandleDesk;
use crate::script::Said;
use crate::{Sim, SimError, SimLimits, World, WorldSpec};

/// A plan, to be carried out by the production engine on a simulated world.
///
/// ```
/// use greenflow_core::plan::{Limit, Plan};
/// use greenflow_core::value::{Digest, Revision};
/// use greenflow_mock::{Rehearsal, WorldSpec};
/// use std::time::Duration;
///
/// let digest = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
/// let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
///     .step(10, Duration::from_secs(300))
///     .step(100, Duration::ZERO)
///     .limit(Limit::error_rate_percent(1))
///     .keep_blue()
///     .build()?;
/// let done = Rehearsal::new(plan, WorldSpec::healthy()).run(7)?;
/// assert_eq!(done.ended.as_str(), "completed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rehearsal {
    plan: Plan,
    spec: WorldSpec,
    options: StartOptions,
    limits: SimLimits,
}

/// What came of a rehearsal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rehearsed {
    /// How it ended.
    pub ended: greenflow_core::machine::Ended,
    /// The journal.
    pub entries: Vec<Entry>,
    /// What people said, and what came of it.
    pub said: Vec<Said>,
    /// The world afterwards: it knows what really happened.
    pub world: World,
}

/// Why a rehearsal gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// The engine refused or failed.
    #[error("the rollout could not be carried out")]
    Engine(#[from] EngineError),
    /// The rollout stood still, or never ended.
    #[error("the simulation was given up")]
    Sim(#[from] SimError),
    /// The rollout's name.
    #[error("the rollout has no valid name")]
    Name(#[from] InvalidName),
    /// Somebody asked the rollout to hand over, so it has no end.
    #[error("the rollout was handed over before it ended")]
    HandedOver,
}

impl Rehearsal {
    /// Rehearses `plan` on the world that `spec` describes.
    #[must_use]
    pub fn new(plan: Plan, spec: WorldSpec) -> Self {
        let options = StartOptions::new(Who::new("rehearsal"));
        Self { plan, spec, options, limits: SimLimits::default() }
    }

    /// Starts the rollout with these options.
    #[must_use]
    pub fn with_options(mut self, options: StartOptions) -> Self {
        self.options = options;
        self
    }

    /// Changes what a run may cost.
    #[must_use]
    pub const fn with_limits(mut self, limits: SimLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs it once. The same seed gives the same run, byte for byte.
    ///
    /// # Errors
    /// [`RehearsalError`] when it gave no result; a rollout that went back is a result.
    pub fn run(&self, seed: u64) -> Result<Rehearsed, RehearsalError> {
        let world = World::new(&self.spec, seed);
        world.learn(self.plan.body());
        self.run_on(world, seed)
    }

    /// Runs it on a world that was made, and perhaps changed, beforehand.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_on(&self, world: World, seed: u64) -> Result<Rehearsed, RehearsalError> {
        let journal = Arc::new(world.journal());
        let engine = Engine::single(world.providers(), journal).with_clock(Arc::new(world.clock()));
        let rollout = RolloutId::new(format!("rehearsal-{seed}"))?;
        let (handle, run) = engine.start(rollout.clone(), self.plan.clone(), self.options.clone());
        let desk = HandleDesk::new(handle, self.plan.clone());
        let sim = Sim::new(&world).with_limits(self.limits);
        let play = self.spec.script.play(&world, &desk, self.plan.body());
        let (end, said) = sim.run(join(run, play))?;
        let ended = match end? {
            RunEnd::Ended(ended) => ended,
            RunEnd::HandedOver | RunEnd::Parked { .. } => return Err(RehearsalError::HandedOver),
        };
        let entries = sim.run(engine.entries(&rollout))??;
        Ok(Rehearsed { ended, entries, said, world })
    }
}
