//! The lives of a rollout's controllers, one after the other.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_core::engine::{Engine, EngineError, Event, Handle, RunEnd};
use greenflow_core::fact::Entry;
use greenflow_core::machine::Ended;
use greenflow_core::provider::{Clock as _, JournalError};
use greenflow_core::value::RolloutId;
use tokio::sync::mpsc;

use super::Rehearsal;
use super::kill::Kill;
use super::rehearse::RehearsalError;
use super::stage::{Audience, Stage, follow};
use super::stopped::{Run, Stopped};
use super::stuck::waits_for_people;
use crate::oracle::{Audit, RunOver, Violation};
use crate::script::Said;
use crate::{Freezable, Freezer, MemoryJournal, SkewedClock, World, together};

/// The lives of a rollout's controllers, one after the other, with people beside them.
pub(super) struct Lives<'a> {
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) world: &'a World,
    pub(super) journal: MemoryJournal,
    engine: Engine,
    pub(super) rollout: RolloutId,
    audit: Option<Audit>,
    turned_away: Cell<u32>,
}

/// How one life ended.
enum End {
    Run(Result<RunEnd, EngineError>),
    /// Killed, or stopped.
    Killed(Kill),
    /// Not its own: one that had been stopped ended the rollout.
    OfStopped(Ended),
}

/// Which controller it is.
#[derive(Clone, Copy)]
enum Who {
    /// The one whose host starts the rollout.
    First,
    /// One on another machine.
    Another { number: u32, rate: i32 },
}

impl<'a> Lives<'a> {
    pub(super) fn new(
        rehearsal: &'a Rehearsal,
        world: &'a World,
        journal: MemoryJournal,
        rollout: RolloutId,
        audit: Option<Audit>,
    ) -> Self {
        let engine = first(rehearsal, world, &journal);
        let turned_away = Cell::new(0);
        Self { rehearsal, world, journal, engine, rollout, audit, turned_away }
    }

    /// Lives until the rollout has ended, or waits for people.
    pub(super) async fn live(
        &self,
        show: &mut dyn FnMut(&Event),
    ) -> (Result<Ended, RehearsalError>, Vec<Said>) {
        let (phases, heard) = mpsc::unbounded_channel();
        let (rivals, entered) = mpsc::unbounded_channel();
        let plan = &self.rehearsal.plan;
        let (handle, run) = self.begin(&self.engine);
        let stage = Stage::new(plan.clone(), handle.clone(), heard);
        let audience = Audience::new(vec![phases, rivals], show);
        let lives = self.one_after_the_other(&stage, (handle, run), audience);
        let lives = async {
            let lives = Box::pin(lives);
            if self.rehearsal.spec.rivals.is_empty() {
                return lives.await;
            }
            match select(lives, Box::pin(self.rivals(entered))).await {
                Either::Left((ended, _)) => ended,
                Either::Right((never, _)) => match never {},
            }
        };
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
        (mut handle, mut run): (Handle, Run),
        audience: RefCell<Audience<'_>>,
    ) -> Result<Ended, RehearsalError> {
        // Dropped at the end: then people have nothing more to wait for.
        let audience = &audience;
        let clock = self.world.clock();
        let mut who = Who::First;
        let mut engine = self.engine.clone();
        let mut stopped = Stopped::default();
        let mut before = Vec::new();
        let kills = self.rehearsal.all_kills();
        let mut kills = kills.iter();
        let mut kill = kills.next();
        let (mut lives, mut refused) = (1, 0);
        loop {
            let (mut life, freezer) = freezable(run, kill);
            let waits = waits_for_people(&clock, &handle, &before, lives);
            let one = self.one(kill, &handle, &mut life, audience, &mut stopped);
            let end = match select(Box::pin(one), Box::pin(waits)).await {
                Either::Left((end, _)) => end,
                Either::Right(((), _)) => return Ok(Ended::Stuck),
            };
            let mut was_stopped = false;
            let away = match end {
                End::Run(end) => {
                    self.journal.hold_no_append();
                    self.over(&RunOver::of(&end));
                    match end {
                        Ok(RunEnd::Ended(ended)) => return Ok(ended),
                        Ok(RunEnd::HandedOver) => return Err(RehearsalError::HandedOver),
                        Ok(RunEnd::Parked { due_in }) => {
                            let due = self.until_due(due_in, stage);
                            if let Some(ended) = self.nobody_comes(due, &mut stopped).await {
                                return Ok(ended);
                            }
                            engine = self.engine_of(who);
                            let (next, again) = self.begin(&engine);
                            stage.goes_on(next.clone(), false);
                            // Who rang speaks before the process is up.
                            self.world.wait(STARTS_IN).await;
                            (handle, run) = (next, again);
                            continue;
                        }
                        // Whoever comes later finds the same, and must refuse it too.
                        Err(error) if cannot_be_read(&error) => {
                            refused += 1;
                            if refused == REFUSALS {
                                return Err(error.into());
                            }
                            RESUME_AFTER
                        }
                        Err(error) if is_passing(&error) && lives < MOST_LIVES => RESUME_AFTER,
                        Err(error) => return Err(error.into()),
                    }
                }
                End::OfStopped(ended) => return Ok(ended),
                End::Killed(struck) => {
                    if let (Some(freezer), Some(span)) = (freezer, struck.stopped_for) {
                        freezer.freeze();
                        was_stopped = true;
                        before.push(handle.clone());
                        let until = clock.monotonic().saturating_add(span);
                        let following = follow(handle.events(), audience);
                        stopped.push(life, freezer, following, (clock.clone(), until));
                    } else {
                        drop(life);
                        if let Some(damage) = struck.leaves {
                            if let Some(audit) = &self.audit {
                                audit.catch_up(clock.monotonic());
                            }
                            self.journal.crash(&self.rollout, damage);
                        }
                        self.over(&RunOver::Killed);
                    }
                    if struck.brings_another() {
                        who = Who::Another { number: lives, rate: struck.rate };
                    }
                    if !struck.only_dropped {
                        engine = self.engine_of(who);
                    }
                    kill = kills.next();
                    struck.away
                }
            };
            lives += 1;
            let comes = clock.sleep_until(clock.monotonic().saturating_add(away));
            if let Some(ended) = self.nobody_comes(comes, &mut stopped).await {
                return Ok(ended);
            }
            let (next, again) = self.begin(&engine);
            stage.goes_on(next.clone(), was_stopped);
            (handle, run) = (next, again);
        }
    }

    /// Lives one life, beside those that were stopped.
    async fn one(
        &self,
        kill: Option<&Kill>,
        handle: &Handle,
        life: &mut Run,
        audience: &RefCell<Audience<'_>>,
        stopped: &mut Stopped<'_>,
    ) -> End {
        let clock = self.world.clock();
        let following = follow(handle.events(), audience);
        let mut life = Box::pin(async { together(life, following).await.0 });
        // It waits for its moment from the beginning of this life to its end, whoever else ends.
        let mut death = Box::pin(async {
            match kill {
                Some(kill) => {
                    let of = (&self.journal, &self.rollout);
                    kill.strikes(handle.events(), &clock, of).await;
                    *kill
                }
                None => std::future::pending().await,
            }
        });
        loop {
            match select(&mut life, select(&mut death, Box::pin(stopped.next()))).await {
                Either::Left((end, _)) => return End::Run(end),
                Either::Right((Either::Left((struck, _)), _)) => return End::Killed(struck),
                Either::Right((Either::Right((end, _)), _)) => {
                    self.over(&RunOver::of(&end));
                    if let Ok(RunEnd::Ended(ended)) = end {
                        return End::OfStopped(ended);
                    }
                    // It was deposed, as it should be. The one that acts goes on.
                }
            }
        }
    }

    /// Lets time pass until another one comes; those that were stopped may end the rollout meanwhile.
    async fn nobody_comes(
        &self,
        comes: impl Future<Output = ()>,
        stopped: &mut Stopped<'_>,
    ) -> Option<Ended> {
        let mut comes = Box::pin(comes);
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

    /// Waits until a rollout that waits is due, or somebody has something to say.
    async fn until_due(&self, due_in: Option<Duration>, stage: &Stage) {
        let due = async {
            match due_in {
                Some(due_in) => self.world.wait(due_in).await,
                None => std::future::pending().await,
            }
        };
        drop(select(Box::pin(due), Box::pin(stage.is_wanted())).await);
    }

    /// Makes the engine of a controller whose process begins.
    fn engine_of(&self, who: Who) -> Engine {
        let engine = match who {
            Who::First => return first(self.rehearsal, self.world, &self.journal),
            Who::Another { number, rate } => self.another(number, rate),
        };
        if self.rehearsal.spec.ends_parked { engine.leaving_parked() } else { engine }
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

    /// Returns how often somebody was refused who came second.
    pub(super) const fn times_turned_away(&self) -> u32 {
        self.turned_away.get()
    }

    /// Notes that somebody was refused who came second.
    pub(super) fn turned_away(&self) {
        self.turned_away.set(self.turned_away.get() + 1);
    }

    /// Notes a guarantee that was seen broken from outside.
    pub(super) fn broken(&self, id: &'static str, what: &str) {
        if let Some(audit) = &self.audit {
            audit.note(Violation::new(id, self.world.clock().monotonic(), what));
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

fn first(rehearsal: &Rehearsal, world: &World, journal: &MemoryJournal) -> Engine {
    let engine = Engine::single(world.providers(), Arc::new(journal.clone()))
        .with_clock(Arc::new(world.clock()))
        .with_judge(Arc::clone(&rehearsal.judge));
    if rehearsal.spec.ends_parked { engine.leaving_parked() } else { engine }
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

/// Whether the journal was refused for what is in it.
pub(super) const fn cannot_be_read(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Unreadable { .. }
            | EngineError::JournalTooNew { .. }
            | EngineError::Replay { .. }
            | EngineError::Journal(JournalError::Damaged(_))
    )
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
/// How many controllers find that they cannot read the journal before everybody gives up.
const REFUSALS: u32 = 3;
const RESUME_AFTER: Duration = Duration::from_secs(20);
/// How long a process takes to start.
const STARTS_IN: Duration = Duration::from_secs(1);
