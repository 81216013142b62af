//! The lives of a rollout's controllers, one after the other.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_core::engine::{Engine, EngineError, Event, Handle, RunEnd};
use greenflow_core::fact::Entry;
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::Clock as _;
use greenflow_core::value::RolloutId;
use tokio::sync::mpsc::{self, UnboundedSender};

use super::Rehearsal;
use super::rehearse::RehearsalError;
use super::stage::{Stage, Whereabouts, follow};
use crate::oracle::{Audit, RunOver};
use crate::script::Said;
use crate::{MemoryJournal, World, together};

/// The lives of a rollout's controllers, one after the other, with people beside them.
pub(super) struct Lives<'a> {
    rehearsal: &'a Rehearsal,
    world: &'a World,
    journal: MemoryJournal,
    engine: Engine,
    rollout: RolloutId,
    audit: Option<Audit>,
}

/// How one life ended.
enum End {
    Run(Result<RunEnd, EngineError>),
    /// Killed; another comes so much later.
    Killed(Duration),
}

impl End {
    fn over(&self) -> RunOver {
        match self {
            Self::Run(end) => RunOver::of(end),
            Self::Killed(_) => RunOver::Killed,
        }
    }
}

impl<'a> Lives<'a> {
    pub(super) fn new(
        rehearsal: &'a Rehearsal,
        world: &'a World,
        journal: MemoryJournal,
        rollout: RolloutId,
        audit: Option<Audit>,
    ) -> Self {
        let engine = Engine::single(world.providers(), Arc::new(journal.clone()))
            .with_clock(Arc::new(world.clock()))
            .with_judge(Arc::clone(&rehearsal.judge));
        Self { rehearsal, world, journal, engine, rollout, audit }
    }

    /// Lives until the rollout has ended, or waits for people.
    pub(super) async fn live(
        &self,
        show: &mut dyn FnMut(&Event),
    ) -> (Result<Ended, RehearsalError>, Vec<Said>) {
        let (phases, heard) = mpsc::unbounded_channel();
        let plan = &self.rehearsal.plan;
        let (handle, run) = self.begin();
        let stage = Stage::new(plan.clone(), handle.clone(), heard);
        let lives = self.one_after_the_other(&stage, handle, run, phases, show);
        let play = self.rehearsal.spec.script.play(self.world, &stage, plan.body());
        together(lives, play).await
    }

    /// Reads the record, again and again when the journal is away just then.
    pub(super) async fn entries(&self) -> Result<Vec<Entry>, EngineError> {
        let clock = self.world.clock();
        let mut tries = 1;
        loop {
            match self.engine.entries(&self.rollout).await {
                Err(error) if is_passing(&error) && tries < MOST_LIVES => tries += 1,
                answer => return answer,
            }
            clock.sleep_until(clock.monotonic().saturating_add(RESUME_AFTER)).await;
        }
    }

    async fn one_after_the_other(
        &self,
        stage: &Stage,
        mut handle: Handle,
        mut run: Run,
        phases: UnboundedSender<PhaseName>,
        show: &mut dyn FnMut(&Event),
    ) -> Result<Ended, RehearsalError> {
        let clock = self.world.clock();
        let mut whereabouts = Whereabouts::new();
        let mut kills = self.rehearsal.kills.iter();
        let mut kill = kills.next();
        let mut lives = 1;
        loop {
            let death = kill.map(|kill| (kill.strikes(handle.events(), &clock), kill.away));
            let following = follow(handle.events(), &mut whereabouts, &phases, show);
            let life = Box::pin(async { together(run, following).await.0 });
            let end = match death {
                Some((death, away)) => match select(life, Box::pin(death)).await {
                    Either::Left((end, _)) => End::Run(end),
                    Either::Right(((), _)) => End::Killed(away),
                },
                None => End::Run(life.await),
            };
            if let Some(audit) = &self.audit {
                audit.over(clock.monotonic(), &end.over());
            }
            let away = match end {
                End::Run(Ok(RunEnd::Ended(ended))) => return Ok(ended),
                End::Run(Ok(RunEnd::HandedOver | RunEnd::Parked { .. })) => {
                    return Err(RehearsalError::HandedOver);
                }
                End::Run(Err(error)) if is_passing(&error) && lives < MOST_LIVES => RESUME_AFTER,
                End::Run(Err(error)) => return Err(error.into()),
                End::Killed(away) => {
                    kill = kills.next();
                    away
                }
            };
            lives += 1;
            clock.sleep_until(clock.monotonic().saturating_add(away)).await;
            let (next, again) = self.begin();
            stage.goes_on(next.clone());
            (handle, run) = (next, again);
        }
    }

    /// Starts the rollout, or takes it up once it is in the journal.
    fn begin(&self) -> (Handle, Run) {
        if self.journal.frames_after(&self.rollout, 0).is_empty() {
            let Rehearsal { plan, options, .. } = self.rehearsal;
            let (handle, run) =
                self.engine.start(self.rollout.clone(), plan.clone(), options.clone());
            return (handle, Box::pin(run));
        }
        let (handle, run) = self.engine.resume(self.rollout.clone());
        (handle, Box::pin(run))
    }
}

type Run = std::pin::Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>;

/// Whether another run can go on where this one broke off.
const fn is_passing(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Journal(_)
            | EngineError::LeaseLost { .. }
            | EngineError::JournalUnavailable { .. }
    )
}

/// How often a broken-off run is taken up again, and how long after.
const MOST_LIVES: u32 = 100;
const RESUME_AFTER: Duration = Duration::from_secs(20);
