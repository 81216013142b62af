//! Histories that really happened, to be bent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::{join, join3};
use greenflow_core::engine::Engine;
use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, StartOptions, Started};
use greenflow_core::machine::Action;
use greenflow_core::plan::{Analysis, Limit, OtherwisePolicy, Plan};
use greenflow_core::provider::Clock as _;
use greenflow_core::value::{Digest, Revision, RolloutId, Timestamp, Who};

use crate::oracle::{Given, Jury, RunOver, Violation};
use crate::world::{Landed, Sent, SideTruth, Truth};
use crate::{Freezable, HandleDesk, Sim, StoreAct, StoreEvent, World, WorldSpec, world::Cause};

/// One thing that oracles are told.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Fact(Entry),
    Sent(Sent),
    Stored(StoreEvent),
    Truth(Box<Truth>),
    Over(RunOver),
}

/// One rollout, with what the world did between its facts.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    pub(super) given: Given,
    pub(super) told: Vec<Told>,
    pub(super) end: Duration,
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(super) fn plan() -> Plan {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    let analysis = || Analysis::every(secs(30)).consecutive(2).min_requests(50);
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .role("lead")
        .rollback_owner("lead")
        .limit(Limit::error_rate_percent(1))
        .shift_analysis(analysis())
        .bake_analysis(analysis())
        .watch_analysis(analysis())
        .suite("suite")
        .approval_by(["lead"])
        .approval_quorum(1)
        .approval_expires(secs(600), OtherwisePolicy::RollBack)
        .step(10, secs(300))
        .step(100, Duration::ZERO)
        .bake(secs(300))
        .confirm_check("confirm")
        .retain(secs(3600))
        .remove_blue()
        .backup("backup")
        .watch(secs(600))
        .build()
        .unwrap()
}

/// A rollout that went as it should.
pub(super) fn good() -> Tape {
    static TAPE: OnceLock<Tape> = OnceLock::new();
    TAPE.get_or_init(|| record(WorldSpec::healthy())).clone()
}

/// A rollout in this world, with every fact told just before the next event of it.
pub(super) fn record(spec: WorldSpec) -> Tape {
    tell(spec, None)
}

/// A rollout whose controller dies at this moment, with another one in waiting.
pub(super) fn interrupted(at: Duration) -> Tape {
    let mut tape = tell(WorldSpec::healthy(), Some(at));
    (tape.given.kills, tape.given.standby) = (true, true);
    tape
}

fn tell(spec: WorldSpec, kill: Option<Duration>) -> Tape {
    let world = World::new(&spec, 7);
    let plan = plan();
    world.learn(plan.body());
    let journal = world.journal();
    let rollout = RolloutId::new("first").unwrap();
    journal.watch();
    let told = Arc::new(Mutex::new(vec![Told::Truth(Box::new(world.truth()))]));
    let read = Arc::new(Mutex::new((Chain::of(&rollout), 0)));
    let take = {
        let (journal, rollout, told) = (journal.clone(), rollout.clone(), Arc::clone(&told));
        move |sent: &[Sent]| {
            let (mut told, mut read) = (told.lock().unwrap(), read.lock().unwrap());
            let (chain, acts) = &mut *read;
            let head = usize::try_from(chain.head()).unwrap();
            for stored in journal.frames_after(&rollout, head) {
                told.push(Told::Fact(chain.read(&stored).unwrap()));
            }
            let events = journal.events_after(*acts);
            *acts += events.len();
            let calls = sent.iter().cloned().map(|sent| (sent.at, Told::Sent(sent)));
            let stored = events.into_iter().map(|event| (event.at, Told::Stored(event)));
            let mut acts: Vec<(Duration, Told)> = stored.chain(calls).collect();
            acts.sort_by_key(|(at, _)| *at);
            told.extend(acts.into_iter().map(|(_, act)| act));
        }
    };
    let (seen, catch_up) = (Arc::clone(&told), take.clone());
    world.observe(move |truth| {
        catch_up(&truth.sent);
        seen.lock().unwrap().push(Told::Truth(Box::new(truth.clone())));
    });
    let engine = |name: &str| {
        Engine::cluster(world.providers(), Arc::new(journal.clone()))
            .with_controller(name.parse().unwrap())
            .with_clock(Arc::new(world.clock()))
    };
    let options = StartOptions::new(Who::new("host"));
    let (handle, run) = engine("one").start(rollout.clone(), plan.clone(), options);
    let sim = Sim::new(&world);
    let end = match kill {
        None => {
            let desk = HandleDesk::new(handle, plan.clone());
            let play = spec.script.play(&world, &desk, plan.body());
            sim.run(join(run, play)).unwrap().0
        }
        Some(at) => {
            let (first, freezer) = Freezable::new(run);
            let killed = async {
                world.clock().sleep_until(at).await;
                freezer.kill();
            };
            let second = async {
                world.clock().sleep_until(secs(1)).await;
                let (handle, run) = engine("two").resume(rollout.clone());
                let desk = HandleDesk::new(handle, plan.clone());
                join(run, spec.script.play(&world, &desk, plan.body())).await.0
            };
            sim.run(join3(first, killed, second)).unwrap().2
        }
    };
    world.end_faults();
    take(&[]);
    let mut told = std::mem::take(&mut *told.lock().unwrap());
    told.push(Told::Over(RunOver::of(&end)));
    Tape { given: Given::of(&spec), told, end: world.clock().monotonic() }
}

impl Tape {
    /// Returns what the oracles say of it.
    pub(super) fn judged(&self) -> Vec<Violation> {
        let mut jury = Jury::new(self.given);
        for (place, told) in self.told.iter().enumerate() {
            jury.now(self.next_at(place));
            match told {
                Told::Fact(entry) => jury.fact(entry.clone()),
                Told::Sent(sent) => jury.sent(sent),
                Told::Stored(event) => jury.stored(event),
                Told::Truth(truth) => jury.truth(truth),
                Told::Over(over) => jury.over(over),
            }
        }
        jury.finish(self.end)
    }

    /// Returns which guarantees it breaks.
    pub(super) fn broken(&self) -> BTreeSet<&'static str> {
        self.judged().iter().map(|violation| violation.id).collect()
    }

    /// Returns the place of the first fact that is like this.
    pub(super) fn place(&self, like: impl Fn(&Fact) -> bool) -> usize {
        let is_it = |told: &Told| matches!(told, Told::Fact(entry) if like(&entry.fact));
        self.told.iter().position(is_it).unwrap()
    }

    /// Returns the place of the first write of this kind that reached the world.
    pub(super) fn landing(&self, like: impl Fn(&Landed) -> bool) -> usize {
        let is_it = |told: &Told| {
            let Told::Truth(truth) = told else { return false };
            matches!(&truth.cause, Some(Cause::Write(landed)) if like(landed))
        };
        self.told.iter().position(is_it).unwrap()
    }

    /// Returns the place of the first call that is like this.
    pub(super) fn call(&self, like: impl Fn(&Sent) -> bool) -> usize {
        let is_it = |told: &Told| matches!(told, Told::Sent(sent) if like(sent));
        self.told.iter().position(is_it).unwrap()
    }

    /// Returns the place of the first thing that the store did that is like this.
    pub(super) fn stored(&self, like: impl Fn(&StoreAct) -> bool) -> usize {
        let is_it = |told: &Told| matches!(told, Told::Stored(event) if like(&event.act));
        self.told.iter().position(is_it).unwrap()
    }

    /// Changes the call at a place.
    pub(super) fn resend(mut self, place: usize, with: impl FnOnce(&mut Sent)) -> Self {
        let Told::Sent(sent) = &mut self.told[place] else { panic!("no call at {place}") };
        with(sent);
        self
    }

    /// Changes what the store did at a place.
    pub(super) fn restore(mut self, place: usize, with: impl FnOnce(&mut StoreEvent)) -> Self {
        let Told::Stored(event) = &mut self.told[place] else { panic!("nothing at {place}") };
        with(event);
        self
    }

    /// Says again, before a place, what the store did elsewhere, changed.
    pub(super) fn with_stored(
        mut self,
        place: usize,
        like: usize,
        with: impl FnOnce(&mut StoreEvent),
    ) -> Self {
        self.told.insert(place, self.told[like].clone());
        self.restore(place, with)
    }

    pub(super) fn entry(&self, place: usize) -> &Entry {
        let Told::Fact(entry) = &self.told[place] else { panic!("no fact at {place}") };
        entry
    }

    /// Changes the fact at a place.
    pub(super) fn bend(mut self, place: usize, with: impl FnOnce(&mut Entry)) -> Self {
        let Told::Fact(entry) = &mut self.told[place] else { panic!("no fact at {place}") };
        with(entry);
        self
    }

    /// Changes the world as it is at a place.
    pub(super) fn shape(mut self, place: usize, with: impl FnOnce(&mut Truth)) -> Self {
        let Told::Truth(truth) = &mut self.told[place] else { panic!("no truth at {place}") };
        with(truth);
        self
    }

    /// Changes the first fact.
    pub(super) fn started(self, with: impl FnOnce(&mut Started)) -> Self {
        let place = self.place(|fact| matches!(fact, Fact::Started(_)));
        self.bend(place, |entry| {
            let Fact::Started(started) = &mut entry.fact else { unreachable!() };
            with(started);
        })
    }

    /// Lets people approve the plan as it is.
    pub(super) fn approving(mut self) -> Self {
        let first = self.place(|fact| matches!(fact, Fact::Started(_)));
        let Fact::Started(started) = &self.entry(first).fact else { unreachable!() };
        let hash = started.plan_hash.clone();
        for told in &mut self.told {
            if let Told::Fact(Entry { fact: Fact::Commanded(command), .. }) = told
                && let Action::Approve { of } = &mut command.action
            {
                of.plan = hash.clone();
            }
        }
        self
    }

    /// Ends with the thing at a place.
    pub(super) fn until(mut self, place: usize) -> Self {
        self.end = self.next_at(place);
        self.told.truncate(place + 1);
        self
    }

    /// Ends so long after a place, at which a change of the world begins that stands until then. The
    /// lease is held all the while.
    pub(super) fn standing(self, place: usize, span: Duration, with: impl Fn(&mut Truth)) -> Self {
        let mut tape = self.until(place);
        let mut look = tape.last_truth();
        (look.at, look.cause, look.event) = (tape.end, None, None);
        with(&mut look);
        let event = tape.told.iter().rev().find_map(|told| match told {
            Told::Stored(event) if event.owner.is_some() => Some(event.clone()),
            _ => None,
        });
        let event = event.unwrap();
        let act = StoreAct::Renewed { until: look.at + span * 2 };
        tape.told.push(Told::Truth(Box::new(look.clone())));
        tape.told.push(Told::Stored(StoreEvent { at: look.at, act, ..event }));
        tape.end += span;
        (look.at, look.cause) = (tape.end, None);
        tape.told.push(Told::Truth(Box::new(look)));
        tape
    }

    /// Lets the first append after a place store more.
    fn store_more(&mut self, place: usize, more: u64) {
        let mut stored = false;
        for told in &mut self.told[place..] {
            let Told::Stored(event) = told else { continue };
            match &mut event.act {
                StoreAct::Appended { after, .. } if stored => *after += more,
                StoreAct::Appended { frames, .. } => {
                    *frames += more;
                    stored = true;
                }
                StoreAct::Leased { head, .. } if stored => *head += more,
                _ => {}
            }
        }
    }

    /// Puts facts in before a place, at the time of what is before it; the rest is renumbered.
    pub(super) fn with_facts(mut self, place: usize, facts: Vec<Fact>) -> Self {
        let model = self.told[..place].iter().rev().find_map(|told| match told {
            Told::Fact(entry) => Some(entry.clone()),
            _ => None,
        });
        let model = model.unwrap();
        let facts = facts.into_iter().map(|fact| Told::Fact(Entry { fact, ..model.clone() }));
        let facts: Vec<_> = facts.collect();
        self.store_more(place, facts.len() as u64);
        self.told.splice(place..place, facts);
        self.renumbered()
    }

    /// Takes the fact at a place out; the rest is renumbered.
    pub(super) fn without(mut self, place: usize) -> Self {
        self.told.remove(place);
        self.renumbered()
    }

    /// Puts a look at the world in before a place, made so long before the next one there is.
    pub(super) fn with_look(
        mut self,
        place: usize,
        before: Duration,
        with: impl FnOnce(&mut Truth),
    ) -> Self {
        let mut look = self.world(place);
        look.at = self.next_truth(place).unwrap().at.saturating_sub(before);
        (look.cause, look.event) = (None, None);
        with(&mut look);
        // Before whatever was told since the last look, which is noticed at the next one.
        let is_look = |told: &Told| matches!(told, Told::Truth(_));
        let last = self.told[..place].iter().rposition(is_look).unwrap();
        self.told.insert(last + 1, Told::Truth(look));
        self
    }

    /// Returns the world as it is just before a place.
    fn world(&self, place: usize) -> Box<Truth> {
        let last = self.told[..place].iter().rev().find_map(|told| match told {
            Told::Truth(truth) => Some(truth.clone()),
            _ => None,
        });
        last.unwrap()
    }

    /// Returns the world as it is at the end.
    pub(super) fn last_truth(&self) -> Truth {
        *self.world(self.told.len())
    }

    /// Returns the first look at the world from a place on.
    fn next_truth(&self, place: usize) -> Option<&Truth> {
        self.told[place..].iter().find_map(|told| match told {
            Told::Truth(truth) => Some(&**truth),
            Told::Fact(_) | Told::Sent(_) | Told::Stored(_) | Told::Over(_) => None,
        })
    }

    /// Returns the time of the first look at the world from a place on.
    pub(super) fn next_at(&self, place: usize) -> Duration {
        self.next_truth(place).map_or(self.end, |next| next.at)
    }

    /// Returns how many facts there are.
    pub(super) fn facts(&self) -> u64 {
        self.told.iter().filter(|told| matches!(told, Told::Fact(_))).count() as u64
    }

    /// Returns the place of the last fact that is like this.
    pub(super) fn last_place(&self, like: impl Fn(&Fact) -> bool) -> usize {
        let is_it = |told: &Told| matches!(told, Told::Fact(entry) if like(&entry.fact));
        self.told.iter().rposition(is_it).unwrap()
    }

    pub(super) fn renumbered(mut self) -> Self {
        let mut next = 1;
        for told in &mut self.told {
            if let Told::Fact(entry) = told {
                entry.sequence = next;
                next += 1;
            }
        }
        self
    }
}

/// Returns the time so much earlier.
pub(super) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    let millis = u64::try_from(at.since(Timestamp::ZERO).saturating_sub(by).as_millis());
    Timestamp::from_millis(millis.unwrap())
}

/// Takes every target of a side down.
pub(super) const fn down(side: &mut SideTruth) {
    side.healthy = 0;
}
