use std::sync::Mutex;

use futures_util::future::join;

use super::*;
use crate::engine::lease::{Asked, LeaseTimes};
use crate::engine::testing::{Act, Fault, Reaction, TestClock, TestJournal, TestPilot, TestWorld};
use crate::engine::{CommandError, Handle, handle};
use crate::fact::{Entry, Fact, Write};
use crate::machine::{Action, Command, Ended};
use crate::plan::Timing;
use crate::provider::{Claim, Clock as _, Journal as _, NoticeKind, Rest, StoredFrame};
use crate::value::{Digest, Revision, Split, Timestamp, Weight, Who};

mod leases;
mod notices;

const SECOND: Duration = Duration::from_secs(1);

/// A run of a scripted machine, and everything around it.
struct Bench {
    clock: TestClock,
    journal: TestJournal,
    world: TestWorld,
    inputs: Arc<Mutex<Vec<String>>>,
    handle: Handle,
    run: Run<TestPilot>,
}

fn bench(react: impl FnMut(&Input) -> Vec<Reaction> + Send + 'static) -> Bench {
    let clock = TestClock::new();
    let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
    let inputs = Arc::new(Mutex::new(Vec::new()));
    let engine = Engine::single(world.providers(), journal.arc()).with_clock(clock.arc());
    let rollout = RolloutId::new("r").unwrap();
    let owner = engine.controller.clone();
    let claim = Claim { rollout: rollout.clone(), owner: owner.clone(), ttl: engine.times.ttl };
    let token = clock.run(journal.claim(claim)).unwrap().token;
    let lease = engine.holding(token, Asked::now(&clock));
    let (handle, ends) = handle::pair(rollout.clone());
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    let pinned = Pinned { green: Revision::new("image", digest), timing: Timing::default() };
    let folded = Folded { machine: TestPilot::new(&inputs, react), pinned };
    let time = RolloutTime::from_base(clock.arc(), Timestamp::ZERO);
    let fold: Fold<TestPilot> = Arc::new(|_| panic!("nothing to fold"));
    let keep: Keep<TestPilot> = Arc::new(|_, _, _| {});
    let (goal, chain, fresh) = (Goal::End, Chain::of(&rollout), true);
    let run = Run::new(Beginning {
        engine,
        rollout,
        owner,
        goal,
        ends,
        folded,
        fold,
        keep,
        fresh,
        time,
        lease,
        chain,
    });
    Bench { clock, journal, world, inputs, handle, run }
}

/// What a bench leaves behind.
struct Left {
    result: Result<Finish, EngineError>,
    clock: TestClock,
    journal: TestJournal,
    world: TestWorld,
    inputs: Vec<String>,
}

impl Bench {
    fn run(self) -> Left {
        self.run_beside(async |_| {})
    }

    /// Runs, and does something beside it.
    fn run_beside(self, beside: impl AsyncFnOnce(Handle)) -> Left {
        let Self { clock, journal, world, inputs, handle, run } = self;
        let (result, ()) = clock.run(join(Box::pin(run.drive()), beside(handle)));
        let inputs = inputs.lock().unwrap().clone();
        Left { result, clock, journal, world, inputs }
    }
}

impl Left {
    fn is_finished(&self) -> bool {
        matches!(self.result, Ok(Finish::Ended(Ended::Completed)))
    }

    fn facts(&self) -> Vec<String> {
        let state = self.journal.state();
        let mut chain = Chain::of(&RolloutId::new("r").unwrap());
        let what = |stored| {
            let entry = chain.read(stored).unwrap();
            let name = entry.fact.name().to_owned();
            if let Fact::IssueNoted { what, .. } = entry.fact { what } else { name }
        };
        state.frames.iter().map(what).collect()
    }
}

fn raise() -> Write {
    Write::Raise { split: Split::to_green(Weight::from_percent(10).unwrap()) }
}

fn command(action: Action) -> Command {
    Command::new(Who::new("ann"), "", action)
}

async fn sleep(clock: &TestClock, until: Duration) {
    clock.sleep_until(until).await;
}

/// Writes one fact and one raise, and finishes when that is done.
fn one_raise(input: &Input) -> Vec<Reaction> {
    match input {
        Input::Began { .. } => vec![Reaction::Fact("intent"), Reaction::Write(1, raise())],
        Input::WriteEnded(_) => vec![Reaction::Fact("outcome"), Reaction::Finish],
        Input::Tick
        | Input::Command(_)
        | Input::ReadEnded { .. }
        | Input::NoticeEnded { .. }
        | Input::JournalLost
        | Input::JournalBack => Vec::new(),
    }
}

#[test]
fn a_run_ends_with_its_facts_durable_and_its_lease_given_back() {
    let left = bench(one_raise).run();
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.facts(), ["intent", "outcome"]);
    assert_eq!(left.inputs, ["began", "Applied"]);
    assert_eq!(left.journal.state().owner, None);
}

#[test]
fn nothing_is_sent_before_its_fact_is_durable() {
    let bench = bench(one_raise);
    bench.journal.state().append_faults.push_back(Fault::Fails);
    let left = bench.run();
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.inputs, ["began", "journal_lost", "journal_back", "Applied"]);
    let (sent, _, _) = left.world.state().sent[0];
    assert!(sent >= Duration::from_millis(250), "{sent:?}");
}

#[test]
fn an_append_whose_answer_is_lost_counts_when_it_is_found() {
    for fault in [Fault::LandsUnanswered, Fault::Hangs] {
        let bench = bench(one_raise);
        bench.journal.state().append_faults.push_back(fault);
        let left = bench.run();
        assert!(left.is_finished(), "{:?}", left.result);
        assert_eq!(left.facts(), ["intent", "outcome"]);
        assert_eq!(left.inputs.len() == 2, fault == Fault::LandsUnanswered, "{:?}", left.inputs);
    }
}

#[test]
fn without_a_journal_only_the_cut_and_the_page_leave_until_it_is_back() {
    let mut bench = bench(|input| match input {
        Input::Began { .. } => vec![Reaction::Fact("intent"), Reaction::Write(1, raise())],
        Input::JournalLost => vec![
            Reaction::Stop(1),
            Reaction::Fact("cut"),
            Reaction::Notice(NoticeKind::Info, "info"),
            Reaction::Read,
            Reaction::Notice(NoticeKind::Page, "page"),
            Reaction::Write(2, Write::Cut),
        ],
        Input::JournalBack => vec![Reaction::Finish],
        Input::Tick
        | Input::Command(_)
        | Input::ReadEnded { .. }
        | Input::WriteEnded(_)
        | Input::NoticeEnded { .. } => Vec::new(),
    });
    bench.run.page("own", String::new());
    bench.journal.state().broken = true;
    let (clock, journal, world) = (bench.clock.clone(), bench.journal.clone(), bench.world.clone());
    let left = bench.run_beside(async |_| {
        sleep(&clock, 100 * SECOND).await;
        let keys: Vec<_> = world.state().notices.iter().map(|one| one.key.0.clone()).collect();
        assert_eq!(keys, ["r/own/1", "page"]);
        assert_eq!(world.state().sent.len(), 1);
        journal.state().broken = false;
    });
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.facts(), ["intent", "cut"]);
    assert_eq!(left.world.state().notices[2].key.0, "info");
    assert_eq!(left.world.state().sent[0].2, Split::ALL_BLUE);
    let stopped = left.inputs.iter().position(|input| input == "NotApplied").unwrap();
    let back = left.inputs.iter().position(|input| input == "journal_back").unwrap();
    let looked = left.inputs.iter().position(|input| input == "read_ended").unwrap();
    assert!(stopped < back && looked < back, "{:?}", left.inputs);
    assert!(!left.inputs.iter().any(|input| input == "r/own/1"), "{:?}", left.inputs);
}

#[test]
fn a_full_journal_takes_what_belongs_to_the_way_back() {
    let bench = bench(|input| match input {
        Input::Began { .. } => vec![Reaction::Fact("intent"), Reaction::Write(1, raise())],
        Input::JournalLost => vec![Reaction::Stop(1), Reaction::WaitFor(10 * SECOND)],
        Input::Tick => vec![
            Reaction::GoBack,
            Reaction::Fact("roll back"),
            Reaction::Fact("cut"),
            Reaction::Write(2, Write::Cut),
        ],
        Input::JournalBack => Vec::new(),
        Input::WriteEnded(outcome) if outcome.attempts > 0 => {
            vec![Reaction::Fact("finish"), Reaction::Finish]
        }
        Input::WriteEnded(_) => vec![Reaction::WaitFor(10 * SECOND)],
        Input::Command(_) | Input::ReadEnded { .. } | Input::NoticeEnded { .. } => Vec::new(),
    });
    bench.journal.state().full = true;
    let left = bench.run();
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.facts(), ["intent", "roll back", "cut", "finish"]);
    let splits: Vec<_> = left.world.state().sent.iter().map(|(.., split)| *split).collect();
    assert_eq!(splits, [Split::ALL_BLUE]);
}

#[test]
fn a_journal_that_stays_away_ends_the_run_with_the_lease_and_a_page() {
    let bench = bench(one_raise);
    bench.journal.state().down = true;
    let left = bench.run();
    assert!(
        matches!(left.result, Err(EngineError::JournalUnavailable { unsaved: 1, .. })),
        "{:?}",
        left.result
    );
    assert_eq!(left.clock.now(), LeaseTimes::default().lasts());
    assert_eq!(left.world.state().notices.len(), 1);
    assert!(left.world.state().sent.is_empty());
}

/// Parks for an hour at a time until a command ends it.
fn parks(input: &Input) -> Vec<Reaction> {
    match input {
        Input::Command(_) => vec![Reaction::Fact("told"), Reaction::Finish],
        Input::Began { .. }
        | Input::Tick
        | Input::ReadEnded { .. }
        | Input::WriteEnded(_)
        | Input::NoticeEnded { .. }
        | Input::JournalLost
        | Input::JournalBack => vec![Reaction::Park(3600 * SECOND)],
    }
}

#[test]
fn a_parked_rollout_holds_no_lease_and_wakes_for_a_command() {
    let bench = bench(parks);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, 9000 * SECOND).await;
        assert_eq!(journal.state().owner, None);
        // Three quarters of an hour apart: of a longer absence not all would count.
        let rest =
            Rest { due_in: Some(2700 * SECOND), reached: Some(Timestamp::from_millis(8_100_000)) };
        assert_eq!(journal.state().rest, rest);
        assert!(!handle.holds());
        assert_eq!(handle.command(command(Action::Resume)).await, Ok(()));
        assert_eq!(clock.now(), 9000 * SECOND);
        assert_eq!(handle.command(command(Action::Resume)).await, Err(CommandError::Gone));
    });
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.inputs, ["began", "tick", "tick", "tick", "tick", "resume"]);
    assert_eq!(left.journal.state().claims, 5);
    assert_eq!(left.journal.state().frames[0].epoch, 5);
}

#[test]
fn a_command_to_a_rollout_that_another_controller_holds_is_answered_so() {
    let bench = bench(parks);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, SECOND).await;
        let owner = ControllerId::new("other").unwrap();
        {
            let mut state = journal.state();
            (state.owner, state.expires) = (Some(owner.clone()), 60 * SECOND);
        }
        let answer = handle.command(command(Action::Resume)).await;
        assert_eq!(answer, Err(CommandError::HeldElsewhere { owner }));
        assert!(clock.now() >= 15 * SECOND);
        sleep(&clock, 70 * SECOND).await;
        handle.hand_over().await;
    });
    assert!(matches!(left.result, Ok(Finish::HandedOver)), "{:?}", left.result);
}

#[test]
fn facts_of_another_controller_are_folded_after_a_park() {
    let mut bench = bench(parks);
    let (inputs, pinned) = (Arc::clone(&bench.inputs), bench.run.pinned.clone());
    bench.run.fold = Arc::new(move |entries| {
        let mut machine = TestPilot::new(&inputs, |_| vec![Reaction::Finish]);
        machine.head = entries.len() as u64;
        Ok(Folded { machine, pinned: pinned.clone() })
    });
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |_| {
        sleep(&clock, SECOND).await;
        let fact = Fact::TrafficTrusted { split: Split::ALL_GREEN };
        let (at, wall) = (Timestamp::ZERO, clock.wall());
        let entry = Entry { sequence: 1, epoch: 2, at, wall, fact };
        let frame = Chain::of(&RolloutId::new("r").unwrap()).write(&entry).unwrap();
        let mut state = journal.state();
        state.frames.push(StoredFrame { sequence: 1, epoch: 2, frame });
        // Then it waited, and was gone for a minute.
        state.rest.reached = Some(Timestamp::from_millis(10_000_000));
        state.idle = 60 * SECOND;
    });
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.inputs, ["began", "began"]);
    let reached = left.journal.state().rest.reached;
    assert_eq!(reached, Some(Timestamp::from_millis(10_060_000)));
}

#[test]
fn time_goes_on_from_what_another_controller_told_that_wrote_nothing() {
    let bench = bench(parks);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, SECOND).await;
        journal.state().rest.reached = Some(Timestamp::from_millis(10_000_000));
        sleep(&clock, 2700 * SECOND).await;
        let reached = journal.state().rest.reached;
        assert_eq!(reached, Some(Timestamp::from_millis(10_000_000)), "taken up and told again");
        assert_eq!(journal.state().claims, 2);
        handle.hand_over().await;
    });
    assert!(matches!(left.result, Ok(Finish::HandedOver)), "{:?}", left.result);
}

#[test]
fn a_finished_run_waits_for_its_journal_without_spinning() {
    let bench = bench(|input| match input {
        Input::Command(_) => vec![Reaction::Fact("told"), Reaction::Finish],
        Input::Began { .. } => vec![Reaction::Notice(NoticeKind::Info, "n"), Reaction::Finish],
        Input::Tick
        | Input::ReadEnded { .. }
        | Input::WriteEnded(_)
        | Input::NoticeEnded { .. }
        | Input::JournalLost
        | Input::JournalBack => vec![Reaction::Finish],
    });
    bench.world.state().notifier_hangs = true;
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, 50 * SECOND).await;
        journal.state().broken = true;
        let told = handle.command(command(Action::Resume));
        let mended = async {
            // After the time that its last notices are given.
            sleep(&clock, 100 * SECOND).await;
            journal.state().broken = false;
        };
        assert_eq!(join(told, mended).await, (Ok(()), ()));
    });
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.facts().last().map(String::as_str), Some("told"));
    assert!(left.clock.now() < 103 * SECOND, "{:?}", left.clock.now());
}

#[test]
fn a_wait_for_a_moment_that_has_passed_does_not_spin() {
    let mut ticks = 0;
    let left = bench(move |input| {
        ticks += usize::from(matches!(input, Input::Tick));
        if ticks == 100 { vec![Reaction::Finish] } else { vec![Reaction::WaitFor(Duration::ZERO)] }
    })
    .run();
    assert!(left.is_finished(), "{:?}", left.result);
    assert!(left.clock.now() >= Duration::from_millis(99), "{:?}", left.clock.now());
}
