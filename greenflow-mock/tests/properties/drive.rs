//! A case carried out, with every oracle on.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, FutureExt as _, join, select};
use greenflow_core::engine::{Engine, EngineError, Handle, RunEnd};
use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, Move, StartOptions};
use greenflow_core::machine::{Action, Ended, PhaseName};
use greenflow_core::plan::Plan;
use greenflow_core::provider::{Clock, Journal, JournalError, ListFilter};
use greenflow_core::value::{RolloutId, Split, Who};
use greenflow_mock::oracle::{Audit, Given, RunOver, Story, Violation};
use greenflow_mock::script::Said;
use greenflow_mock::{HandleDesk, MemoryJournal, Sim, SimLimits, StoreAct, World};

use super::case::{Case, Member};
use super::crew::Crew;
use super::damage;

/// What came of a case.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) ended: Option<Ended>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) said: Vec<Said>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) trace: String,
    /// How often a controller took the rollout up again.
    pub(crate) resumed: u32,
    /// Whether another rollout was refused because of this one.
    pub(crate) refused_intruder: bool,
    /// What else came about, by name.
    pub(crate) reached: Vec<&'static str>,
}

/// Carries a case out. A panic is a violation like any other.
pub(crate) fn run(case: &Case, trace: bool) -> Done {
    catch_unwind(AssertUnwindSafe(|| carry_out(case, trace))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        let what = text.unwrap_or_default();
        Done { violations: vec![Violation::new("S52", Duration::ZERO, what)], ..Done::default() }
    })
}

fn carry_out(case: &Case, trace: bool) -> Done {
    let plan = case.plan.plan();
    let spec = case.spec(trace);
    let mut given = Given::of(&spec);
    case.tell(&mut given);
    let world = World::new(&spec, case.seed);
    world.learn(plan.body());
    let journal = world.journal();
    let rollout = RolloutId::new("first").unwrap();
    let audit = Audit::attach(&world, &journal, &rollout, given);
    let engine = Engine::single(world.providers(), Arc::new(journal.clone()))
        .with_clock(Arc::new(world.clock()));
    let mut limits = SimLimits::default();
    let calm = Duration::from_secs(case.calm_at);
    limits.until = calm + case.plan.bound(case.inputs.len());
    limits.polls = 600_000;
    limits.polls_at_one_moment = 20_000;
    if !case.crew.is_empty() {
        limits.polls *= 3;
    }
    let sim = Sim::new(&world).with_limits(limits);
    given.damaged = case.damage.is_some_and(|damage| damage::put(&journal, &sim, damage));
    audit.given(given);

    let mut done = Done::default();
    let host = Host {
        case,
        world: &world,
        journal: &journal,
        engine: &engine,
        plan: &plan,
        audit: &audit,
    };
    let calmed = async {
        world.clock().sleep_until(calm).await;
        world.end_faults();
        std::future::pending::<()>().await;
    };
    let crew = Crew {
        case,
        world: &world,
        journal: &journal,
        plan: &plan,
        audit: &audit,
        rollout: &rollout,
        shared: Arc::default(),
    };
    let driven = async {
        if case.crew.is_empty() {
            return host.drive(&rollout, &mut done).await;
        }
        let (ended, said) = crew.work().await;
        done.said = said;
        Ok(ended)
    };
    let work = join(driven, host.intrude(&rollout, given));
    let result = sim.run(async {
        match select(Box::pin(work), Box::pin(calmed)).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => unreachable!("it waits for ever"),
        }
    });
    let at = world.clock().monotonic();
    match result {
        Ok((Ok(ended), intruder)) => {
            done.ended = Some(ended);
            match intruder {
                Ok(refused) => done.refused_intruder = refused,
                Err(what) => done.violations.push(Violation::new("S28", at, what)),
            }
        }
        Ok((Err(what), _)) => done.violations.push(Violation::new("L5", at, what)),
        Err(error) => done.violations.push(Violation::new("L1", at, error.to_string())),
    }
    // Whatever was sent may still land; it must make no difference.
    world.end_faults();
    sim.let_pass(Duration::from_secs(300));
    done.violations.extend(audit.finish(world.clock().monotonic()));
    done.entries = audit.entries();
    done.reached = reached(case, &done.entries, &journal, given);
    done.violations.extend(at_rest(&done, &world, &journal, given, &sim));
    done.trace = world.trace().to_text();
    done
}

/// Names what came about beside the rollout's own way.
fn reached(
    case: &Case,
    entries: &[Entry],
    journal: &MemoryJournal,
    given: Given,
) -> Vec<&'static str> {
    let begun = |entry: &&Entry| matches!(entry.fact, Fact::EpochBegan { .. });
    let back =
        entries.iter().position(|entry| matches!(entry.fact, Fact::Moved(Move::RollBack(_))));
    let in_back = back.is_some_and(|back| entries[back..].iter().any(|entry| begun(&entry)));
    let acts: Vec<StoreAct> = journal.events_after(0).iter().map(|event| event.act).collect();
    let any = |like: fn(&Member) -> bool| case.crew.iter().any(like);
    let all = [
        ("(several controllers)", !case.crew.is_empty()),
        ("(taken over)", !case.crew.is_empty() && entries.iter().filter(begun).count() > 1),
        ("(taken over going back)", in_back),
        ("(controller stopped)", any(|member| !member.freezes.is_empty())),
        ("(controller killed)", any(|member| !member.kills.is_empty())),
        ("(clock off or skewed)", any(|member| member.rate != 0)),
        ("(append failed)", acts.contains(&StoreAct::Failed { stored: false })),
        ("(append's answer lost)", acts.contains(&StoreAct::Failed { stored: true })),
        ("(damage beside)", given.damaged),
    ];
    all.into_iter().filter_map(|(name, reached)| reached.then_some(name)).collect()
}

/// What must be so when nothing happens any more.
fn at_rest(
    done: &Done,
    world: &World,
    journal: &MemoryJournal,
    given: Given,
    sim: &Sim,
) -> Vec<Violation> {
    let at = world.clock().monotonic();
    let mut broken = Vec::new();
    let wanted = match done.ended {
        Some(Ended::Completed) => Some(Split::ALL_GREEN),
        Some(Ended::RolledBack) => Some(Split::ALL_BLUE),
        Some(Ended::Refused | Ended::Stuck) | None => None,
    };
    // A fence that is told what is not carried out keeps nothing out.
    let excused =
        given.other_hand || given.old_reads || given.too_late_writes || given.hollow_fence;
    let truth = world.truth();
    if let Some(wanted) = wanted
        && !excused
        && !Story::shows(&truth, wanted)
    {
        let what = format!("{:?} with {:?}", done.ended, truth.configured);
        broken.push(Violation::new("S3", at, what));
    }
    let refused = done.said.iter().find_map(|said| {
        let answer = said.answer.as_ref().err().filter(|_| said.command.action == Action::Abort)?;
        let may = [Ended::Completed, Ended::RolledBack, Ended::Refused];
        let over = may.iter().any(|ended| answer.contains(&format!("in phase {}", ended.as_str())));
        (answer.contains("abort was rejected in phase") && !over).then_some((said.at, answer))
    });
    if let Some((when, answer)) = refused {
        broken.push(Violation::new("L13", when, answer.clone()));
    }
    if matches!(done.ended, Some(Ended::Completed | Ended::RolledBack | Ended::Refused)) {
        let open = ListFilter { unended: true, ..ListFilter::default() };
        let mut left = sim.run(journal.list(open)).unwrap().unwrap();
        left.retain(|summary| summary.service.as_str() == "api");
        if !left.is_empty() {
            broken.push(Violation::new("L15", at, format!("still open: {left:?}")));
        }
    }
    broken
}

struct Host<'a> {
    case: &'a Case,
    world: &'a World,
    journal: &'a MemoryJournal,
    engine: &'a Engine,
    plan: &'a Plan,
    audit: &'a Audit,
}

type Run = Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>;

impl Host<'_> {
    fn begin(&self, rollout: &RolloutId) -> (Handle, Run) {
        if self.journal.frames_after(rollout, 0).is_empty() {
            let options = StartOptions::new(Who::new("host"));
            let (handle, run) = self.engine.start(rollout.clone(), self.plan.clone(), options);
            return (handle, Box::pin(run));
        }
        let (handle, run) = self.engine.resume(rollout.clone());
        (handle, Box::pin(run))
    }

    /// Starts the rollout, and takes it up again as often as its controller dies.
    async fn drive(&self, rollout: &RolloutId, done: &mut Done) -> Result<Ended, String> {
        let world = self.world;
        let clock = world.clock();
        let mut kills = self.case.kills.iter();
        let mut kill = kills.next();
        for _ in 0..MOST_LIVES {
            let again = done.resumed > 0;
            let (handle, run) = self.begin(rollout);
            let desk = HandleDesk::new(handle.clone(), self.plan.clone()).heard_by(self.audit);
            // One that was stuck when it was taken up waits for people.
            let waits = async {
                if !again {
                    return std::future::pending().await;
                }
                stuck(&handle, self.journal, world).await;
                Ok(RunEnd::Ended(Ended::Stuck))
            };
            let run = select(run, Box::pin(waits)).map(|first| first.factor_first().0);
            let script = self.case.script(clock.monotonic());
            let play = script.play(self.world, &desk, self.plan.body());
            let life = Box::pin(join(run, play));
            let dies = kill;
            let killed = async move {
                match dies {
                    Some((at, _)) => world.clock().sleep_until(Duration::from_secs(*at)).await,
                    None => std::future::pending().await,
                }
            };
            let away = match select(life, Box::pin(killed)).await {
                Either::Left(((end, said), _)) => {
                    done.said.extend(said);
                    self.audit.over(clock.monotonic(), &RunOver::of(&end));
                    match end {
                        Ok(RunEnd::Ended(ended)) => return Ok(ended),
                        Ok(end @ (RunEnd::HandedOver | RunEnd::Parked { .. })) => {
                            return Err(format!("{end:?}"));
                        }
                        Err(
                            EngineError::LeaseLost { .. }
                            | EngineError::JournalUnavailable { .. }
                            | EngineError::Journal(_),
                        ) => 20,
                        Err(error) => return Err(format!("{error:?}")),
                    }
                }
                Either::Right(((), _)) => {
                    self.audit.over(clock.monotonic(), &RunOver::Killed);
                    let away = kill.map_or(0, |(_, away)| *away);
                    kill = kills.next();
                    away
                }
            };
            done.resumed += 1;
            let until = clock.monotonic() + Duration::from_secs(away);
            clock.sleep_until(until).await;
        }
        Err(format!("taken up {MOST_LIVES} times and not ended"))
    }

    /// Somebody starts another rollout of the same service, which must be refused.
    async fn intrude(&self, rollout: &RolloutId, given: Given) -> Result<bool, String> {
        let Some(at) = self.case.intruder.filter(|_| !given.no_journal) else { return Ok(false) };
        self.world.clock().sleep_until(Duration::from_secs(at)).await;
        let phase = phases(&entries(rollout, self.journal)).pop();
        let open = phase.is_some_and(|phase| !phase.is_terminal() && phase != PhaseName::Watching);
        if !open {
            return Ok(false);
        }
        let id = RolloutId::new("second").unwrap();
        let options = StartOptions::new(Who::new("intruder"));
        let (_handle, run) = self.engine.start(id, self.plan.clone(), options);
        match run.await {
            Err(EngineError::Journal(JournalError::ServiceLocked { .. })) => Ok(true),
            other => Err(format!("a second rollout got {other:?}")),
        }
    }
}

/// Returns once a rollout is stuck and owes people no word any more.
pub(crate) async fn stuck(handle: &Handle, journal: &MemoryJournal, world: &World) {
    let clock = world.clock();
    loop {
        clock.sleep_until(clock.monotonic() + HEARD).await;
        let is_stuck = handle.status().is_some_and(|status| status.phase == PhaseName::Stuck);
        // What is not in the journal yet was told to nobody.
        let entries = entries(handle.rollout(), journal);
        let known = phases(&entries).last() == Some(&PhaseName::Stuck);
        if is_stuck && known && have_heard(&entries) {
            return;
        }
    }
}

/// Returns whether every notice was delivered or given up.
fn have_heard(entries: &[Entry]) -> bool {
    let mut owed = BTreeSet::new();
    for entry in entries {
        match &entry.fact {
            Fact::NoticeQueued(notice) => drop(owed.insert(&notice.key)),
            Fact::NoticeEnded { key, .. } => drop(owed.remove(key)),
            _ => {}
        }
    }
    owed.is_empty()
}

/// Returns what a rollout has written down.
pub(crate) fn entries(rollout: &RolloutId, journal: &MemoryJournal) -> Vec<Entry> {
    let frames = journal.frames_after(rollout, 0);
    Chain::of(rollout).read_all(&frames).unwrap()
}

/// Every phase that a rollout has entered, in order; what it returned to is left out.
pub(crate) fn phases(entries: &[Entry]) -> Vec<PhaseName> {
    let entered = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Started(_) => Some(PhaseName::Scheduled),
        Fact::Moved(to) => to.target(),
        _ => None,
    });
    entered.collect()
}

/// How often to look whether people know.
const HEARD: Duration = Duration::from_mins(10);

/// A controller that dies more often than this never lets anything happen.
const MOST_LIVES: u32 = 400;
