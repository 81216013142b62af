//! A plan carried out in a simulated world, told as a timeline.

use std::io;
use std::io::Write;

use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::machine::Ended;
use greenflow_core::plan::{Plan, PlanError};
use greenflow_core::record::{Record, RecordError};
use greenflow_core::value::{InvalidName, RolloutId, Who};
use greenflow_mock::WorldSpec;
use greenflow_mock::script::Said;
use greenflow_mock::world::Totals;

use crate::timeline::Timeline;

/// A plan, a world and a seed: all that a run follows from.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    plan: Plan,
    run: greenflow_mock::Rehearsal,
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
    /// The run gave no result.
    #[error(transparent)]
    Run(#[from] greenflow_mock::RehearsalError),
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
        let options = StartOptions::new(Who::new("rehearsal")).because("to see how it goes");
        let run = greenflow_mock::Rehearsal::new(plan.clone(), world).with_options(options);
        Self { plan, run, seed }
    }

    /// Runs it in virtual time, and writes its timeline to `out` as it happens.
    ///
    /// # Errors
    /// [`RehearsalError`] when it came to no end. A rollout that went back, was refused or waits
    /// for people did come to one.
    pub fn run(&self, out: &mut impl Write) -> Result<Played, RehearsalError> {
        let times = self.run.check().map_err(RehearsalError::Plan)?;
        let mut timeline = Timeline::new(self.plan.body(), out);
        let world = self.run.spec();
        let place = format!("world     {} (seed {}). {}", world.name, self.seed, world.about);
        timeline.heading(&self.plan, &place, &times);
        let rollout: RolloutId = format!("{}-1", self.plan.body().service).parse()?;
        let run = self.run.clone().with_rollout(rollout);
        let done = run.run_showing(self.seed, &mut |event| timeline.show(event))?;
        timeline.finish()?;

        let record = Record::from_entries(&done.entries)?;
        let record = match done.world.harm_began() {
            Some(onset) => record.with_onset(onset),
            None => record,
        };
        let truth = done.world.totals();
        let greenflow_mock::Rehearsed { ended, entries, said, .. } = done;
        Ok(Played { ended, entries, record, truth, said })
    }
}
