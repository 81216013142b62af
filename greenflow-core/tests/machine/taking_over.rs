//! Whoever takes a rollout up goes on with what is under way, and leaves no trace where there is
//! nothing to do.

use std::time::Duration;

use greenflow_core::fact::{Fact, HoldReason, Move, Outcome, OutcomeClass, StuckReason, Write};
use greenflow_core::machine::{Input, Output, PhaseName, WriteOrder};
use greenflow_core::plan::OtherwisePolicy;
use greenflow_core::provider::{Audience, Notice, NoticeKey, NoticeKind};
use greenflow_core::value::{ControllerId, EffectId, Split};

use super::journal::{Journal, drain, ended, now, percent, phase, plan, who};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const PIN: Write = Write::PinBlue { minimum: Some(6) };

fn began() -> Fact {
    Fact::EpochBegan { controller: ControllerId::new("c-0").unwrap(), engine: "0".to_owned() }
}

/// What the one who takes this up does first.
fn first(journal: &Journal) -> Vec<Output> {
    let mut machine = journal.machine();
    let controller = ControllerId::new("c-1").unwrap();
    let at = now(journal.entries.len() as u64 + 1);
    let _ = machine.handle_input(at, Input::Began { controller }).unwrap();
    drain(&mut machine)
}

fn says_that_it_begins(output: &Output) -> bool {
    matches!(output, Output::Append(entry) if matches!(entry.fact, Fact::EpochBegan { .. }))
}

#[test]
fn a_write_under_way_is_taken_up_once_that_is_written_down() {
    let id = EffectId::new(5);
    let journal = phase("retaining").then(began()).then(Fact::Intent { id, write: PIN });
    let outputs = first(&journal);
    assert!(says_that_it_begins(&outputs[0]), "{outputs:?}");
    let patience = Some(plan().body().timing.forward_patience);
    let order =
        WriteOrder { id, write: PIN, resumed: true, patience, needs_answer: false, shown: false };
    assert_eq!(outputs[1], Output::Write(order));
}

#[test]
fn a_notice_that_was_not_sent_is_sent_once_that_is_written_down() {
    let notice = Notice {
        key: NoticeKey("r-1/begun/channel".to_owned()),
        kind: NoticeKind::Info,
        audience: Audience::Channel,
        text: "it begins".to_owned(),
    };
    let journal = phase("retaining").then(began()).then(Fact::NoticeQueued(notice.clone()));
    let outputs = first(&journal);
    assert!(says_that_it_begins(&outputs[0]), "{outputs:?}");
    assert_eq!(outputs[1], Output::Notify(notice));
}

#[test]
fn whoever_looks_after_traffic_is_written_down_at_once() {
    for label in ["shifting (holding)", "baking", "rolling_back (cut)"] {
        let outputs = first(&phase(label).then(began()));
        assert!(says_that_it_begins(&outputs[0]), "{label}: {outputs:?}");
    }
}

#[test]
fn a_write_under_way_of_a_stuck_rollout_is_taken_up_too() {
    let id = EffectId::new(4);
    let why = HoldReason::Paused { who: who(), why: "a test".to_owned() };
    let hold =
        Move::Hold { reason: why, owner: None, within: MINUTE, otherwise: OtherwisePolicy::Stop };
    let stuck = StuckReason { what: "a test".to_owned(), remedy: "nothing".to_owned() };
    let held = phase("shifting (holding)").then(Fact::Intent { id, write: PIN }).go(hold);
    let outputs = first(&held.go(Move::Stick(stuck)));
    assert!(says_that_it_begins(&outputs[0]), "{outputs:?}");
    let resumed =
        |output: &Output| matches!(output, Output::Write(order) if order.id == id && order.resumed);
    assert!(outputs.iter().any(resumed), "{outputs:?}");
}

/// Else each of the hundreds of wakes of a long watch would leave a fact.
#[test]
fn a_long_wait_that_changes_hands_leaves_nothing() {
    for label in ["retaining", "watching"] {
        let mut stage = Stage::of(&phase(label), Split::ALL_GREEN);
        stage.pass(10 * MINUTE);
        let facts = stage.entries.len();
        assert!(stage.entries.iter().any(|entry| matches!(entry.fact, Fact::EpochBegan { .. })));
        for _ in 0..3 {
            stage.taken_over_after(MINUTE);
            stage.pass(10 * MINUTE);
        }
        assert_eq!(stage.entries.len(), facts, "{label}");
    }
}

#[test]
fn facts_are_written_under_the_newest_lease() {
    let journal = phase("shifting (raising)");
    let mut machine = journal.machine();
    machine.set_epoch(7);
    machine.set_epoch(3);
    let controller = ControllerId::new("c-1").unwrap();
    let at = now(journal.entries.len() as u64 + 1);
    let _ = machine.handle_input(at, Input::Began { controller }).unwrap();
    let Output::Append(entry) = machine.poll_output() else { panic!("not an append") };
    assert_eq!((entry.epoch, entry.sequence), (7, journal.entries.len() as u64 + 1));
}

/// A forward write is tried as long as the plan says, a cut for ever.
#[test]
fn only_the_cut_is_tried_for_ever() {
    let mut stage = Stage::of(&phase("shifting (raising)"), Split::ALL_BLUE);
    stage.errors = 50;
    stage.pass(10 * MINUTE);
    let patience: Vec<_> =
        stage.orders.iter().map(|order| (order.write.name(), order.patience)).collect();
    let allowed = Some(plan().body().timing.forward_patience);
    assert!(patience.contains(&("raise", allowed)), "{patience:?}");
    assert!(patience.contains(&("cut", None)), "{patience:?}");
    assert!(stage.orders.iter().all(|order| !order.resumed));
}

/// A raise that was under way when its controller died, and was not sent again: how long after the
/// takeover the next one is sent.
fn raised_after(journal: &Journal, outcome: Option<Outcome>) -> Duration {
    let mut stage = Stage::set(journal, Split::ALL_BLUE, |stage| stage.applies = false);
    let begun = stage.now.at;
    let orders = usize::from(outcome.is_some());
    if let Some(outcome) = outcome {
        stage.ended(outcome);
    }
    stage.pass(5 * MINUTE);
    assert_eq!((stage.phase(), stage.orders.len()), (PhaseName::Shifting, orders + 1));
    let is_raise = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. });
    let last = stage.entries.iter().rev().find(|entry| is_raise(&entry.fact));
    last.unwrap().at.since(begun)
}

#[test]
fn what_an_earlier_controller_may_have_sent_is_waited_for() {
    let id = EffectId::new(3);
    let raising = phase("shifting (raising)");
    let write = Write::Raise { split: percent(10) };
    let under_way = raising.clone().then(Fact::Intent { id, write });
    let outcome = Outcome { attempts: 0, ..ended(id, OutcomeClass::NotApplied) };
    assert_eq!(raised_after(&under_way, Some(outcome)), 2 * MINUTE);
    assert_eq!(raised_after(&raising, None), Duration::ZERO, "there was nothing");
}

/// Whoever takes over at the wrong moment, twice, must not end the rollout.
#[test]
fn only_what_was_sent_counts_as_tried() {
    for (attempts, begun) in [(0, 5), (1, 2)] {
        let journal = phase("shifting (raising)");
        let mut stage = Stage::set(&journal, Split::ALL_BLUE, |stage| stage.applies = false);
        for _ in 0..4 {
            let id = stage.orders.last().unwrap().id;
            if stage.phase() == PhaseName::Shifting {
                stage.ended(Outcome { attempts, ..ended(id, OutcomeClass::NotApplied) });
                stage.pass(MINUTE);
            }
        }
        assert_eq!(stage.orders.len(), begun, "{attempts} attempts");
        assert_eq!(stage.phase() == PhaseName::Held, attempts == 1, "{}", stage.phase());
    }
}
