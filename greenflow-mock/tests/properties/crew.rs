//! Several controllers on one journal: each may be killed, stopped for a while, and have a clock of
//! its own.

use std::collections::{BTreeMap, VecDeque};
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, FutureExt as _, join, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use greenflow_core::engine::{Adopted, Engine, Handle, RunEnd};
use greenflow_core::fact::StartOptions;
use greenflow_core::machine::{Command, Ended, PhaseName};
use greenflow_core::plan::{Plan, PlanHash};
use greenflow_core::provider::Clock;
use greenflow_core::value::{Digest, RolloutId, Who};
use greenflow_mock::oracle::{Audit, RunOver};
use greenflow_mock::script::{Desk, Said};
use greenflow_mock::{Freezable, HandleDesk, MemoryJournal, SimClock, SkewedClock, World};

use super::case::{Case, Member};
use super::drive::{entries, phases, stuck};

/// Some controllers, the rollout they share, and the people who speak to whoever has it.
pub(crate) struct Crew<'a> {
    pub(crate) case: &'a Case,
    pub(crate) world: &'a World,
    pub(crate) journal: &'a MemoryJournal,
    pub(crate) plan: &'a Plan,
    pub(crate) audit: &'a Audit,
    pub(crate) rollout: &'a RolloutId,
    pub(crate) shared: Arc<Shared>,
}

/// What the controllers have in common, outside their journal.
#[derive(Default)]
pub(crate) struct Shared {
    alive: Mutex<BTreeMap<usize, Engine>>,
    desks: Mutex<VecDeque<Arc<HandleDesk>>>,
    ended: Mutex<Option<Ended>>,
}

impl Crew<'_> {
    /// Lets all of them work until the rollout has ended; returns how, and what people said.
    pub(crate) async fn work(&self) -> (Ended, Vec<Said>) {
        let members = join_all((0..self.case.crew.len()).map(|place| self.member(place)));
        let ended = poll_fn(|_| match *self.shared.ended.lock().unwrap() {
            Some(ended) => Poll::Ready(ended),
            None => Poll::Pending,
        });
        let work = async {
            match select(Box::pin(members), ended).await {
                Either::Left(_) => unreachable!("no member ever ends"),
                Either::Right((ended, _)) => ended,
            }
        };
        let desk = CrewDesk {
            shared: Arc::clone(&self.shared),
            clock: self.world.clock(),
            rollout: self.rollout.clone(),
            plan: self.plan.clone(),
        };
        let script = self.case.script(Duration::ZERO);
        join(work, script.play(self.world, &desk, self.plan.body())).await
    }

    /// One controller, over all of its lives.
    async fn member(&self, place: usize) {
        let member = &self.case.crew[place];
        let time = self.world.clock();
        let mut kills = member.kills.iter();
        loop {
            let engine = self.engine(place, member);
            self.shared.alive.lock().unwrap().insert(place, engine.clone());
            let (life, freezer) = Freezable::new(self.live(engine, place == 0));
            let stopped = async {
                for (at, span) in &member.freezes {
                    if secs(*at) >= time.monotonic() {
                        freezer.freeze_between(&time, secs(*at), secs(at + span)).await;
                    }
                }
                pending::<()>().await;
            };
            let kill = kills.next();
            let killed = async {
                match kill {
                    Some((at, _)) => time.sleep_until(secs(*at)).await,
                    None => pending().await,
                }
            };
            let life = Box::pin(join(life, stopped));
            drop(select(Box::pin(killed), life).await);
            self.shared.alive.lock().unwrap().remove(&place);
            self.audit.over(time.monotonic(), &RunOver::Killed);
            self.note_end();
            let away = kill.map_or(0, |(_, away)| *away);
            time.sleep_until(time.monotonic() + secs(away)).await;
        }
    }

    /// Drives a rollout that was taken up, until only people could do anything for it: nobody comes.
    async fn take_up(&self, Adopted { handle, run }: Adopted) -> Over {
        if handle.rollout() != self.rollout {
            return drive(handle, run).await;
        }
        self.meet(handle.clone());
        let waits = stuck(&handle, self.journal, self.world);
        match select(drive(handle.clone(), run).boxed(), waits.boxed()).await {
            Either::Left((over, _)) => over,
            Either::Right(((), _)) => (handle.rollout().clone(), Ok(RunEnd::Ended(Ended::Stuck))),
        }
    }

    /// Who is killed or deposed just after the end tells nobody of it, and nobody takes it up.
    fn note_end(&self) {
        let ended = match phases(&entries(self.rollout, self.journal)).last() {
            Some(PhaseName::Completed) => Ended::Completed,
            Some(PhaseName::RolledBack) => Ended::RolledBack,
            Some(PhaseName::Refused) => Ended::Refused,
            _ => return,
        };
        *self.shared.ended.lock().unwrap() = Some(ended);
    }

    fn engine(&self, place: usize, member: &Member) -> Engine {
        let clock = SkewedClock::new(&self.world.clock())
            .at_rate(member.rate)
            .booted_before(secs(member.up))
            .with_wall_off_by(member.wall);
        Engine::cluster(self.world.providers(), Arc::new(self.journal.clone()))
            .with_controller(format!("member-{place}").parse().unwrap())
            .with_clock(Arc::new(clock))
    }

    /// One life: it takes up what nobody drives, and never ends by itself.
    async fn live(&self, engine: Engine, starts: bool) {
        let mut recovery = engine.recovery();
        let mut runs = FuturesUnordered::new();
        let clock = self.world.clock();
        loop {
            if !self.journal.frames_after(self.rollout, MOST_FACTS).is_empty() {
                // S53 has been told. Where a store gives live leases away, two would take turns for ever.
                pending::<()>().await;
            }
            if starts && runs.is_empty() && self.journal.frames_after(self.rollout, 0).is_empty() {
                let options = StartOptions::new(Who::new("host"));
                let starter = engine.clone().leaving_parked();
                let (handle, run) = starter.start(self.rollout.clone(), self.plan.clone(), options);
                runs.push(drive(handle.clone(), Box::pin(run)).boxed());
                self.meet(handle);
            }
            let next = Box::pin(recovery.next());
            let over = async {
                match runs.next().await {
                    Some(over) => over,
                    None => pending().await,
                }
            };
            let happened = match select(next, Box::pin(over)).await {
                Either::Left((adopted, _)) => Either::Left(adopted),
                Either::Right((over, _)) => Either::Right(over),
            };
            match happened {
                Either::Left(Some(adopted)) => runs.push(self.take_up(adopted).boxed()),
                Either::Left(None) => pending().await,
                Either::Right((rollout, end)) if rollout == *self.rollout => {
                    self.audit.over(clock.monotonic(), &RunOver::of(&end));
                    match end {
                        Ok(RunEnd::Ended(ended)) => {
                            *self.shared.ended.lock().unwrap() = Some(ended);
                        }
                        Ok(RunEnd::HandedOver | RunEnd::Parked { .. }) => {}
                        // A start that failed is tried again; whatever began is found.
                        Err(_) => {
                            self.note_end();
                            clock.sleep_until(clock.monotonic() + secs(1)).await;
                        }
                    }
                }
                Either::Right(_) => {}
            }
        }
    }

    fn meet(&self, handle: Handle) {
        let desk = HandleDesk::new(handle, self.plan.clone()).heard_by(self.audit);
        let desk = Arc::new(desk);
        self.shared.desks.lock().unwrap().push_back(desk);
    }
}

/// More than any rollout may have (S53).
const MOST_FACTS: usize = 2000;

type Run = std::pin::Pin<
    Box<dyn Future<Output = Result<RunEnd, greenflow_core::engine::EngineError>> + Send>,
>;

/// Whose run is over, and how.
type Over = (RolloutId, Result<RunEnd, greenflow_core::engine::EngineError>);

async fn drive(handle: Handle, run: Run) -> Over {
    (handle.rollout().clone(), run.await)
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Lets people speak to whichever controller has the rollout, and hear from all.
struct CrewDesk {
    shared: Arc<Shared>,
    clock: SimClock,
    rollout: RolloutId,
    plan: Plan,
}

#[async_trait]
impl Desk for CrewDesk {
    async fn tell(&self, command: Command) -> Result<(), String> {
        let engines: Vec<Engine> = self.shared.alive.lock().unwrap().values().cloned().collect();
        let mut answer = Err("no controller is up".to_owned());
        for engine in engines {
            let told = Box::pin(engine.command(&self.rollout, command.clone()));
            let patience = self.clock.sleep_until(self.clock.monotonic() + secs(20));
            answer = match select(told, patience).await {
                Either::Left((told, _)) => told.map_err(|error| error.to_string()),
                Either::Right(_) => Err("no answer".to_owned()),
            };
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    async fn next_phase(&self) -> Option<PhaseName> {
        loop {
            if self.shared.ended.lock().unwrap().is_some() {
                return None;
            }
            let desk = self.shared.desks.lock().unwrap().front().cloned();
            let pause = self.clock.sleep_until(self.clock.monotonic() + secs(5));
            let Some(desk) = desk else {
                pause.await;
                continue;
            };
            let silent = match select(Box::pin(desk.next_phase()), pause).await {
                Either::Left((Some(phase), _)) => return Some(phase),
                Either::Left((None, _)) => true,
                Either::Right(_) => false,
            };
            // Whoever has ended says nothing any more; nor, mostly, does one whom another followed.
            let mut desks = self.shared.desks.lock().unwrap();
            if silent || desks.len() > 1 {
                desks.pop_front();
            }
        }
    }

    fn rollout(&self) -> RolloutId {
        self.rollout.clone()
    }

    fn plan_hash(&self) -> PlanHash {
        self.plan.hash().clone()
    }

    fn digest(&self) -> Digest {
        self.plan.body().green.digest.clone()
    }
}
