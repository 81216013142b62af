//! Whoever only waits, and for long, needs no lease; whoever has something under way keeps it.

use std::time::Duration;

use greenflow_core::machine::{Action, Handled, Input, Output, PhaseName, Read, Reading, Wait};
use greenflow_core::plan::Plan;
use greenflow_core::provider::{ErrorKind, FailureRecord, ObservedSplit, SideState, Sides};
use greenflow_core::value::{ControllerId, Split};

use super::journal::{Journal, blue, drain, now, percent, phase, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// A plan that waits for its time before green is made, and before it is verified.
fn unhurried() -> Plan {
    let later = now(0).wall.after(30 * HOUR);
    plan_with(|body| {
        body.checklists.clear();
        (body.provision.not_before, body.verify.not_before) = (Some(later), Some(later));
    })
}

/// What a rollout waits for that has been in this phase for ten minutes, with all traffic on one side.
fn waits_in(label: &str, split: Split) -> Wait {
    let mut stage = Stage::of(&phase_of(&unhurried(), label), split);
    stage.pass(10 * MINUTE);
    assert!(label.starts_with(stage.phase().as_str()), "{label}: {}", stage.phase());
    stage.wait()
}

#[test]
fn a_rollout_that_waits_for_long_needs_no_lease() {
    let (blue, green) = (Split::ALL_BLUE, Split::ALL_GREEN);
    for (label, split) in [
        ("scheduled", blue),
        ("preflight", blue),
        ("verifying", blue),
        ("awaiting_approval", blue),
        ("retaining", green),
        ("watching", green),
    ] {
        let Wait { until, parked, finished, .. } = waits_in(label, split);
        assert_eq!((until.is_some(), parked, finished), (true, true, false), "{label}");
    }
}

#[test]
fn a_rollout_that_looks_after_something_keeps_its_lease() {
    let (blue, green) = (Split::ALL_BLUE, Split::ALL_GREEN);
    for (label, split) in [
        ("held (untouched)", blue),
        ("held", percent(10)),
        ("baking", green),
        ("confirming", green),
    ] {
        let Wait { until, parked, finished, .. } = waits_in(label, split);
        assert_eq!((until.is_some(), parked, finished), (true, false, false), "{label}");
    }
}

#[test]
fn a_short_wait_is_not_worth_giving_the_lease_back() {
    let plan = unhurried();
    let start = plan.body().preflight.not_before.unwrap();
    for (ahead, parked) in [(45, false), (60, false), (61, true)] {
        let mut stage = Stage::set(&Journal::of(&plan), Split::ALL_BLUE, |stage| {
            stage.now.wall = start.before(Duration::from_secs(ahead));
        });
        assert_eq!(stage.wait().parked, parked, "{ahead} s");
    }
}

/// Blue lacks a target, and whoever gives it back has not answered for hours.
#[test]
fn a_write_under_way_keeps_the_lease() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.applies = false;
    stage.sides.blue.desired = 5;
    stage.pass(2 * HOUR);
    assert!(!stage.machine().state().outstanding().is_empty());
    assert_eq!((stage.phase(), stage.wait().parked), (PhaseName::Retaining, false));
}

/// A start that measures nothing before: it waits for two readings, then for its time.
#[test]
fn an_answer_that_is_outstanding_keeps_the_lease() {
    let mut body = unhurried().body().clone();
    body.start.dangerous_start_with_unhealthy_blue = true;
    let journal = phase_of(&Plan::from_body(body).unwrap(), "preflight");
    let split = ObservedSplit::single("route".parse().unwrap(), Split::ALL_BLUE);
    let sides = Sides { blue: blue(), green: SideState::default() };
    let split = (Read::Split, Reading::Split(split));
    let sides = (Read::Sides, Reading::Sides(sides));
    for answers in [[split.clone(), sides.clone()], [sides, split]] {
        let mut machine = journal.begun();
        for (number, (read, reading)) in (0..).zip(answers) {
            let input = Input::ReadEnded { read, result: Ok(reading) };
            let at = now(journal.entries.len() as u64 + 1);
            let _ = machine.handle_input(at, input).unwrap();
            let outputs = drain(&mut machine);
            let Some(Output::Wait(wait)) = outputs.last() else { panic!("{outputs:?}") };
            assert_eq!(wait.parked, number == 1, "after {} answers", number + 1);
        }
    }
}

/// A suite may run for hours, and a source may take its time.
#[test]
fn a_check_or_a_measurement_that_is_outstanding_keeps_the_lease() {
    let plan = unhurried();
    for (label, start) in [("verifying", 31), ("preflight", 0)] {
        let mut stage = Stage::set(&phase_of(&plan, label), Split::ALL_BLUE, |stage| {
            stage.now.wall = stage.now.wall.after(start * HOUR);
            stage.unanswered = |read| matches!(read, Read::Check { .. } | Read::Sample { .. });
        });
        let Wait { until, parked, .. } = stage.wait();
        let far = until.is_none_or(|until| until.since(stage.now.at) > MINUTE);
        assert_eq!((stage.checks_under_way(), far, parked), (1, true, false), "{label}");
    }
}

#[test]
fn a_rollout_that_has_ended_waits_for_nothing() {
    for label in ["completed", "rolled_back", "refused"] {
        let journal = phase(label);
        let mut stage = Stage::of(&journal, Split::ALL_BLUE);
        let Wait { until, parked, finished, .. } = stage.wait();
        assert_eq!((until, parked, finished), (None, false, true), "{label}");
        assert_eq!(stage.entries.len(), journal.entries.len(), "{label}: nothing is added");
    }
}

/// Whoever takes a stuck rollout up is there for a person's word; the one that got stuck is done.
#[test]
fn a_stuck_rollout_runs_only_for_whoever_opens_it_again() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.split = percent(50);
    stage.pass(HOUR / 2);
    assert_eq!(stage.phase(), PhaseName::Stuck);
    let Wait { until, parked, finished, .. } = stage.wait();
    assert_eq!((until, parked, finished), (None, false, true));
    stage.taken_over_after(HOUR);
    assert!(!stage.wait().finished);
    stage.split = percent(10);
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    assert_eq!((stage.phase(), stage.wait().finished), (PhaseName::Shifting, false));
}

/// A source that fails is not asked in a rush.
#[test]
fn what_could_not_be_read_is_asked_again_ever_more_slowly() {
    let journal = phase("rolling_back (cut)");
    let mut machine = journal.machine();
    let controller = ControllerId::new("c-1").unwrap();
    let begun = now(journal.entries.len() as u64 + 1);
    let mut at = begun;
    let mut asked = Vec::new();
    let mut input = Input::Began { controller };
    while asked.len() < 6 {
        let _ = machine.handle_input(at, input).unwrap();
        let outputs = drain(&mut machine);
        let is_split =
            |output: &Output| matches!(output, Output::Read(order) if order.read == Read::Split);
        let Some(Output::Wait(wait)) = outputs.last() else { panic!("{outputs:?}") };
        if outputs.iter().any(is_split) {
            asked.push(at.at.since(begun.at).as_secs());
            let (operation, message) = ("read".to_owned(), "no answer".to_owned());
            let failure = FailureRecord { kind: ErrorKind::Timeout, operation, message };
            input = Input::ReadEnded { read: Read::Split, result: Err(failure) };
        } else {
            at = now(wait.until.unwrap().as_millis() / 1000);
            input = Input::Tick;
        }
    }
    assert_eq!(asked, [0, 1, 3, 7, 15, 23]);
}
