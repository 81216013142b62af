//! What must be known before green is stopped, and what may be left of it.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Outcome, OutcomeClass, Write};
use greenflow_core::machine::{Action, Command, Handled, Input, Output, PhaseName, Read, Reading};
use greenflow_core::provider::{ErrorKind, FailureRecord, SideState, Sides};
use greenflow_core::value::{ResourceId, Side, Split, Timestamp};

use super::journal::{blue, drain, ended, now, percent, phase, who};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn last(stage: &Stage, like: impl Fn(&Write) -> bool) -> Timestamp {
    let is_like = |entry: &&Entry| matches!(&entry.fact, Fact::Intent { write, .. } if like(write));
    stage.entries.iter().rev().find(is_like).unwrap().at
}

/// How long after the last cut green was removed.
fn removed_after(mut stage: Stage) -> Duration {
    stage.pass(10 * MINUTE);
    assert_eq!((stage.phase(), stage.split), (PhaseName::RolledBack, Split::ALL_BLUE));
    let removed = last(&stage, |write| matches!(write, Write::Remove { side: Side::Green, .. }));
    removed.since(last(&stage, Write::is_cut))
}

/// Whatever another hand has set since then: green has had requests, and may have them still.
#[test]
fn a_green_that_had_requests_is_seen_at_rest_first() {
    for split in [Split::ALL_BLUE, percent(50)] {
        let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
        stage.split = split;
        stage.pass(MINUTE);
        assert_eq!(stage.phase(), PhaseName::Held);
        assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
        let waited = removed_after(stage);
        assert!(waited >= 120 * SECOND, "{split}: {waited:?}");
    }
}

#[test]
fn a_green_that_another_hand_sends_requests_to_is_seen_at_rest_first() {
    let mut stage = Stage::of(&phase("verifying"), Split::ALL_BLUE);
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    stage.split = percent(50);
    stage.pass(11 * SECOND);
    assert_eq!(
        (stage.split, stage.begun().filter(|write| write.is_cut()).count()),
        (Split::ALL_BLUE, 2)
    );
    let waited = removed_after(stage);
    assert!(waited >= 120 * SECOND, "{waited:?}");
}

#[test]
fn a_green_that_never_had_requests_is_removed_at_once() {
    let mut stage = Stage::of(&phase("verifying"), Split::ALL_BLUE);
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    let waited = removed_after(stage);
    assert!(waited < 30 * SECOND, "{waited:?}");
}

fn named(names: &[&str]) -> Vec<ResourceId> {
    names.iter().map(|name| ResourceId::new(*name).unwrap()).collect()
}

/// What was removed of green, and what was left over.
fn end(mut stage: Stage) -> (Vec<ResourceId>, Vec<String>) {
    stage.pass(20 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    let removed = stage.begun().filter_map(|write| match write {
        Write::Remove { side: Side::Green, resources } => Some(resources.clone()),
        _ => None,
    });
    let removed = removed.flatten().collect();
    let leftovers = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::FinishRollback { leftovers }) => Some(leftovers.clone()),
        _ => None,
    });
    (removed, leftovers.unwrap())
}

/// Green is being made when a person gives up; its creation ends so.
fn given_up(class: OutcomeClass) -> Stage {
    let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, |stage| {
        stage.applies = false;
    });
    let pin = stage.orders[0].id;
    stage.end(pin, OutcomeClass::Applied);
    let provision = stage.orders[1].id;
    stage.applies = true;
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    stage.end(provision, class);
    stage
}

#[test]
fn where_nothing_was_made_nothing_is_removed_or_left() {
    let mut stage = given_up(OutcomeClass::NotApplied);
    stage.pass(5 * MINUTE);
    let told = |fact: &Fact| matches!(fact, Fact::NoticeQueued(notice) if notice.text.contains("left over"));
    assert!(!stage.entries.iter().any(|entry| told(&entry.fact)));
    assert_eq!(end(stage), (vec![], vec![]));
}

/// It may have come up: what is there of it is looked for.
#[test]
fn where_nobody_knows_whether_anything_was_made_it_is_removed() {
    let (removed, _) = end(given_up(OutcomeClass::Ambiguous));
    assert_eq!(removed, named(&["green-1"]));
}

/// Only a creation of which nobody knows makes what is beside it ours.
#[test]
fn what_stands_beside_a_known_green_is_left_alone() {
    for class in [OutcomeClass::Ambiguous, OutcomeClass::NotApplied] {
        let mut stage = Stage::set(&phase("shifting (raising)"), Split::ALL_BLUE, |stage| {
            stage.applies = false;
        });
        let raise = stage.orders[0].id;
        stage.applies = true;
        assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
        stage.end(raise, class);
        stage.sides.green.resources = named(&["green-1", "green-2"]);
        let (removed, leftovers) = end(stage);
        assert_eq!((removed, leftovers), (named(&["green-1"]), vec![]), "{class:?}");
    }
}

/// A creation that was refused made nothing, whatever it names.
#[test]
fn a_green_of_which_nothing_is_known_is_made_again() {
    for class in [OutcomeClass::Ambiguous, OutcomeClass::NotApplied] {
        let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, |stage| {
            stage.applies = false;
        });
        let pin = stage.orders[0].id;
        stage.end(pin, OutcomeClass::Applied);
        let provision = stage.orders[1].id;
        stage.applies = true;
        let resources = named(&["green-1"]);
        stage.ended(Outcome { resources, ..ended(provision, class) });
        stage.pass(MINUTE);
        let made = stage.begun().filter(|write| matches!(write, Write::Provision { .. })).count();
        assert_eq!((stage.phase(), made), (PhaseName::AwaitingApproval, 2), "{class:?}");
    }
}

#[test]
fn a_pin_that_may_have_been_set_is_taken_back() {
    let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, |stage| {
        stage.applies = false;
    });
    let pin = stage.orders[0].id;
    stage.applies = true;
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    stage.end(pin, OutcomeClass::Ambiguous);
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    assert!(stage.begun().any(|write| matches!(write, Write::PinBlue { minimum: None })));
}

/// It is tried once, and then told.
#[test]
fn a_pin_that_cannot_be_taken_back_is_left_and_told() {
    let resources = named(&["green-1"]);
    let removed =
        phase("rolling_back (cut)").wrote(5, Write::Remove { side: Side::Green, resources });
    let mut stage = Stage::set(&removed, Split::ALL_BLUE, |stage| stage.applies = false);
    stage.pass(MINUTE);
    let unpin = stage.orders[0].id;
    stage.fail(unpin, ErrorKind::PermissionDenied);
    let (_, leftovers) = end(stage);
    assert_eq!(leftovers, ["the pin on blue's capacity"]);
}

/// A way back on which green never had traffic of ours: how many cuts are begun before and after this
/// answer.
fn cuts_when_told(answer: Input) -> (usize, usize) {
    let journal = phase("verifying");
    let mut machine = journal.begun();
    let at = now(journal.entries.len() as u64 + 2);
    let abort = Command::new(who(), "a test", Action::Abort);
    let _ = machine.handle_input(at, Input::Command(abort)).unwrap();
    let is_cut = |output: &&Output| matches!(output, Output::Write(order) if order.write.is_cut());
    let before = drain(&mut machine).iter().filter(is_cut).count();
    let _ = machine.handle_input(at, answer).unwrap();
    (before, drain(&mut machine).iter().filter(is_cut).count())
}

/// Nobody has watched: another hand may have moved the traffic away from a blue that is gone.
#[test]
fn blue_is_looked_at_once_before_the_first_cut() {
    let sides = |healthy| {
        let blue = SideState { healthy, ..blue() };
        let sides = Reading::Sides(Sides { blue, green: SideState::default() });
        Input::ReadEnded { read: Read::Sides, result: Ok(sides) }
    };
    assert_eq!(cuts_when_told(sides(6)), (0, 1));
    assert_eq!(cuts_when_told(sides(0)), (0, 0), "there is nothing to go back to");
    let unknown = no_answer(Read::Sides);
    assert_eq!(cuts_when_told(unknown), (0, 1), "what is not known stops nothing");
}

/// Whoever takes over after green's removal does not change blue blindly; a failure is a look too.
#[test]
fn the_pin_is_taken_back_after_a_look() {
    let resources = named(&["green-1"]);
    let removed =
        phase("rolling_back (cut)").wrote(5, Write::Remove { side: Side::Green, resources });
    let mut machine = removed.begun();
    assert!(machine.state().outstanding().is_empty());
    let at = now(removed.entries.len() as u64 + 2);
    let _ = machine.handle_input(at, no_answer(Read::Split)).unwrap();
    let begun: Vec<_> = machine.state().outstanding().values().map(|under| &under.write).collect();
    assert_eq!(begun, [&Write::PinBlue { minimum: None }]);
}

fn no_answer(read: Read) -> Input {
    let (operation, message) = ("read".to_owned(), "no answer".to_owned());
    let failure = FailureRecord { kind: ErrorKind::Timeout, operation, message };
    Input::ReadEnded { read, result: Err(failure) }
}
