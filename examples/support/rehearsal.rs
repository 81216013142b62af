//! A plan carried out in a simulated world.

use std::io;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use greenflow_core::engine::{Engine, EngineError, RunEnd};
use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::{Plan, PlanError};
use greenflow_core::provider::Clock as _;
use greenflow_core::record::{Record, RecordError};
use greenflow_core::value::{InvalidName, RolloutId, Who};
use greenflow_mock::script::Said;
use greenflow_mock::world::Totals;
use greenflow_mock::{Sim, SimError, World, WorldSpec};
use tokio::sync::mpsc;

use crate::input;
use crate::stage::{Stage, Whereabouts, follow};
use crate::timeline::Timeline;

/// A plan, a world and a seed: all that a run follows from.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    plan: Plan,
    world: WorldSpec,
    seed: u64,
}

/// How a rehearsal went.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own result")]
pub struct Played {
    /// How the run ended.
    pub ended: Ended,
    /// Its journal.
    pub entries: Vec<Entry>,
    /// Its execution record.
    pub record: Record,
    /// What really became of the requests, as only the world knows.
    pub truth: Totals,
    /// What people said, and whether it was accepted.
    pub said: Vec<Said>,
}

/// Why a rehearsal came to no end.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "an example's own error")]
pub enum RehearsalError {
    /// The plan does not fit the world's providers; nothing was done.
    #[error("the plan does not fit this world:\n{0}")]
    Plan(PlanError),
    /// The engine gave the run up.
    #[error("the run was given up")]
    Engine(#[source] EngineError),
    /// The simulation gave the run up.
    #[error("the simulation was given up")]
    Sim(#[from] SimError),
    /// The journal makes no record.
    #[error("the journal makes no record")]
    Record(#[from] RecordError),
    /// The service's name makes no name for the rollout.
    #[error("the rollout has no name")]
    Name(#[from] InvalidName),
    /// The timeline could not be written.
    #[error("the timeline could not be written")]
    Write(#[from] io::Error),
}

impl Rehearsal {
    /// Rehearses `plan` in `world`. A world that says no start of its own begins before the plan's
    /// first date.
    #[must_use]
    pub fn new(plan: Plan, world: WorldSpec, seed: u64) -> Self {
        let world = input::begin_before(plan.body(), world);
        Self { plan, world, seed }
    }

    /// Runs it in virtual time, and writes its timeline to `out` as it happens.
    ///
    /// # Errors
    /// [`RehearsalError`] when it came to no end. A rollout that went back, was refused or waits
    /// for people did come to one.
    pub fn run(&self, out: &mut impl Write) -> Result<Played, RehearsalError> {
        let world = World::new(&self.world, self.seed);
        world.learn(self.plan.body());
        let providers = world.providers();
        let times = self.plan.check(&providers.capabilities()).map_err(RehearsalError::Plan)?;
        let mut timeline = Timeline::new(self.plan.body(), out);
        timeline.heading(&self.plan, &self.world, self.seed, &times);

        let engine = Engine::single(providers, Arc::new(world.journal()))
            .with_clock(Arc::new(world.clock()));
        let rollout: RolloutId = format!("{}-1", self.plan.body().service).parse()?;
        let sim = Sim::new(&world);
        let (ended, said) = sim.run(self.drive(&world, &engine, &rollout, &mut timeline))?;
        let ended = ended.map_err(RehearsalError::Engine)?;
        timeline.finish()?;

        let entries = sim.run(engine.entries(&rollout))?.map_err(RehearsalError::Engine)?;
        let record = Record::from_entries(&entries)?;
        let record = match world.harm_began() {
            Some(onset) => record.with_onset(onset),
            None => record,
        };
        Ok(Played { ended, entries, record, truth: world.totals(), said })
    }

    /// Drives the rollout to its end, with people beside it. When a run breaks off because the
    /// journal was away, another takes the rollout up, as a host's supervisor would do.
    async fn drive<W: Write>(
        &self,
        world: &World,
        engine: &Engine,
        rollout: &RolloutId,
        timeline: &mut Timeline<'_, W>,
    ) -> (Result<Ended, EngineError>, Vec<Said>) {
        let (phases, heard) = mpsc::unbounded_channel();
        let options = StartOptions::new(Who::new("rehearsal")).because("to see how it goes");
        let (handle, run) = engine.start(rollout.clone(), self.plan.clone(), options);
        let events = handle.events();
        let stage = Stage::new(self.plan.clone(), handle, heard);
        let play = self.world.script.play(world, &stage, self.plan.body());
        let runs = async {
            let phases: mpsc::UnboundedSender<PhaseName> = phases;
            let mut whereabouts = Whereabouts::new();
            let following = follow(events, &mut whereabouts, &phases, |event| timeline.show(event));
            let (mut ended, ()) = join(run, following).await;
            for _ in 0..MOST_RESUMES {
                if !matches!(&ended, Err(error) if is_passing(error)) {
                    break;
                }
                let clock = world.clock();
                clock.sleep_until(clock.monotonic() + RESUME_AFTER).await;
                let (handle, run) = engine.resume(rollout.clone());
                let events = handle.events();
                stage.goes_on(handle);
                let following =
                    follow(events, &mut whereabouts, &phases, |event| timeline.show(event));
                ended = join(run, following).await.0;
            }
            ended
        };
        let (ended, said) = join(runs, play).await;
        let ended = ended.map(|end| match end {
            RunEnd::Ended(ended) => ended,
            // Nobody asks for it here; somebody would have to go on.
            RunEnd::HandedOver | RunEnd::Parked { .. } => Ended::Stuck,
        });
        (ended, said)
    }
}

const fn is_passing(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Journal(_)
            | EngineError::LeaseLost { .. }
            | EngineError::JournalUnavailable { .. }
    )
}

/// How often a broken-off run is taken up again, and how long after.
const MOST_RESUMES: u32 = 100;
const RESUME_AFTER: Duration = Duration::from_secs(20);
