//! The lives of a rollout's controllers, one after the other.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_core::engine::{Engine, EngineError, Event, Handle, RunEnd};
use greenflow_core::fact::Entry;
use greenflow_core::machine::Ended;
use greenflow_core::provider::Clock as _;
use greenflow_core::value::RolloutId;
use tokio::sync::mpsc;

use super::Rehearsal;
use super::kill::Kill;
use super::rehearse::RehearsalError;
use super::stage::{Audience, Stage, follow};
use super::stopped::{Run, Stopped};
use crate::oracle::{Audit, RunOver};
use crate::script::Said;
use crate::{Freezable, Freezer, MemoryJournal, SkewedClock, World, together};

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
    /// Killed, or stopped.
    Killed,
    /// Not its own: one that had been stopped came to its end.
    OfStopped(Result<RunEnd, EngineError>),
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
        let (handle, run) = self.begin(&self.engine);
        let stage = Stage::new(plan.clone(), handle.clone(), heard);
        let audience = Audience::new(phases, show);
        let lives = self.one_after_the_other(&stage, handle, run, audience);
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
        audience: RefCell<Audience<'_>>,
    ) -> Result<Ended, RehearsalError> {
        // Dropped at the end: then people have nothing more to wait for.
        let audience = &audience;
        let clock = self.world.clock();
        let mut engine = self.engine.clone();
        let mut stopped = Stopped::default();
        let mut kills = self.rehearsal.kills.iter();
        let mut kill = kills.next();
        let mut lives = 1;
        loop {
            let (mut life, freezer) = freezable(run, kill);
            let death = kill.map(|kill| kill.strikes(handle.events(), &clock));
            let end = {
                let following = follow(handle.events(), audience);
                let life = Box::pin(async { together(&mut life, following).await.0 });
                let death = Box::pin(or_never(death));
                match select(life, select(death, Box::pin(stopped.next()))).await {
                    Either::Left((end, _)) => End::Run(end),
                    Either::Right((Either::Left(((), _)), _)) => End::Killed,
                    Either::Right((Either::Right((end, _)), _)) => End::OfStopped(end),
                }
            };
            let mut was_stopped = false;
            let away = match end {
                End::Run(end) => {
                    self.over(&RunOver::of(&end));
                    match end {
                        Ok(RunEnd::Ended(ended)) => return Ok(ended),
                        Ok(RunEnd::HandedOver | RunEnd::Parked { .. }) => {
                            return Err(RehearsalError::HandedOver);
                        }
                        Err(error) if is_passing(&error) && lives < MOST_LIVES => RESUME_AFTER,
                        Err(error) => return Err(error.into()),
                    }
                }
                End::OfStopped(end) => {
                    self.over(&RunOver::of(&end));
                    if let Ok(RunEnd::Ended(ended)) = end {
                        return Ok(ended);
                    }
                    // It was deposed, as it should be. The one that acts goes on.
                    run = life;
                    continue;
                }
                End::Killed => {
                    let struck = kill.take();
                    if let (Some(freezer), Some(span)) =
                        (freezer, struck.and_then(|kill| kill.stopped_for))
                    {
                        freezer.freeze();
                        was_stopped = true;
                        let until = clock.monotonic().saturating_add(span);
                        let following = follow(handle.events(), audience);
                        stopped.push(life, freezer, following, (clock.clone(), until));
                    } else {
                        self.over(&RunOver::Killed);
                    }
                    if struck.is_some_and(Kill::brings_another) {
                        engine = self.another(lives, struck.map_or(0, |kill| kill.rate));
                    }
                    kill = kills.next();
                    struck.map_or(RESUME_AFTER, |kill| kill.away)
                }
            };
            lives += 1;
            if let Some(ended) = self.nobody_comes(away, &mut stopped).await {
                return Ok(ended);
            }
            let (next, again) = self.begin(&engine);
            stage.goes_on(next.clone(), was_stopped);
            (handle, run) = (next, again);
        }
    }

    /// Lets time pass until another one comes; those that were stopped may end the rollout meanwhile.
    async fn nobody_comes(&self, away: Duration, stopped: &mut Stopped<'_>) -> Option<Ended> {
        let clock = self.world.clock();
        let mut comes = clock.sleep_until(clock.monotonic().saturating_add(away));
        loop {
            match select(comes, Box::pin(stopped.next())).await {
                Either::Left(((), _)) => return None,
                Either::Right((end, still)) => {
                    comes = still;
                    self.over(&RunOver::of(&end));
                    if let Ok(RunEnd::Ended(ended)) = end {
                        return Some(ended);
                    }
                }
            }
        }
    }

    /// Makes the engine of a controller on another machine.
    fn another(&self, number: u32, rate: i32) -> Engine {
        let clock = SkewedClock::new(&self.world.clock()).at_rate(rate);
        let name = format!("controller-{number}");
        let engine = Engine::cluster(self.world.providers(), Arc::new(self.journal.clone()))
            .with_clock(Arc::new(clock))
            .with_judge(Arc::clone(&self.rehearsal.judge));
        match name.parse() {
            Ok(name) => engine.with_controller(name),
            Err(_) => engine,
        }
    }

    fn over(&self, over: &RunOver) {
        if let Some(audit) = &self.audit {
            audit.over(self.world.clock().monotonic(), over);
        }
    }

    /// Starts the rollout, or takes it up once it is in the journal.
    fn begin(&self, engine: &Engine) -> (Handle, Run) {
        if self.journal.frames_after(&self.rollout, 0).is_empty() {
            let Rehearsal { plan, options, .. } = self.rehearsal;
            let (handle, run) = engine.start(self.rollout.clone(), plan.clone(), options.clone());
            return (handle, Box::pin(run));
        }
        let (handle, run) = engine.resume(self.rollout.clone());
        (handle, Box::pin(run))
    }
}

/// Lets a run be stopped, if this is what will happen to it.
fn freezable(run: Run, kill: Option<&Kill>) -> (Run, Option<Freezer>) {
    if kill.is_none_or(|kill| kill.stopped_for.is_none()) {
        return (run, None);
    }
    let (run, freezer) = Freezable::new(run);
    let run = async {
        match run.await {
            Some(end) => end,
            None => std::future::pending().await,
        }
    };
    (Box::pin(run), Some(freezer))
}

async fn or_never(future: Option<impl Future<Output = ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

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
