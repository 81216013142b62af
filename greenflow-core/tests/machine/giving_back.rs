//! Targets that another hand takes are given back a few times, then left to people.

use std::time::Duration;

use greenflow_core::fact::{OutcomeClass, Write};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::value::{Side, Split};

use super::journal::{percent, phase};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Another hand takes a target of a side, or somebody gives it back.
fn has(stage: &mut Stage, side: Side, targets: u32) {
    match side {
        Side::Blue => stage.sides.blue.desired = targets,
        Side::Green => stage.sides.green.desired = targets,
    }
}

/// How often the targets of a side were set.
fn sets(stage: &Stage, side: Side) -> usize {
    let is_its = |write: &&Write| match write {
        Write::PinBlue { minimum } => side == Side::Blue && minimum.is_some(),
        Write::Provision { .. } => side == Side::Green,
        _ => false,
    };
    stage.begun().filter(is_its).count()
}

#[test]
fn they_are_given_back_twice_and_twice_again_when_a_person_says_to_go_on() {
    for side in [Side::Blue, Side::Green] {
        let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
        assert_eq!(sets(&stage, side), 1);
        for resumed in 0..2 {
            for given in 1..=2 {
                has(&mut stage, side, 5);
                stage.pass(25 * SECOND);
                has(&mut stage, side, 6);
                stage.pass(15 * SECOND);
                assert_eq!(sets(&stage, side), 1 + 2 * resumed + given, "{side}");
                assert_eq!(stage.phase(), PhaseName::Shifting, "{side}");
            }
            has(&mut stage, side, 5);
            stage.pass(25 * SECOND);
            assert_eq!(stage.phase(), PhaseName::Held, "{side}");
            assert_eq!(stage.pages_about("held/rescaled"), resumed + 1, "{side}");
            assert_eq!(sets(&stage, side), 3 + 2 * resumed, "{side}");
            assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
        }
    }
}

/// What was read before they were given back says nothing of the time after it.
#[test]
fn they_are_given_back_again_only_when_they_are_missed_again() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.desired = 5;
    for _ in 0..60 {
        if sets(&stage, Side::Blue) < 2 {
            stage.pass(SECOND);
        }
    }
    stage.pass(9 * SECOND);
    assert_eq!(sets(&stage, Side::Blue), 2);
    stage.pass(20 * SECOND);
    assert_eq!(sets(&stage, Side::Blue), 3);
}

/// A person has mended it and says so before it is read again.
#[test]
fn what_was_missing_in_a_hold_is_looked_at_again_after_it() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.sides.blue.desired = 5;
    stage.pass(MINUTE);
    stage.sides.blue.desired = 6;
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(MINUTE);
    assert_eq!((stage.phase(), sets(&stage, Side::Blue)), (PhaseName::Shifting, 1));
}

/// It had lost a target and given up; then it was set anew, and comes up.
#[test]
fn a_green_that_had_given_up_before_it_was_set_anew_may_come_up() {
    let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, |stage| {
        (stage.sides.green.healthy, stage.sides.green.desired) = (0, 5);
    });
    stage.applies = false;
    stage.sides.green.given_up = Some("it crashed too often".to_owned());
    stage.pass(15 * SECOND);
    assert_eq!((stage.phase(), sets(&stage, Side::Green)), (PhaseName::Provisioning, 2));
    stage.applies = true;
    stage.sides.green.given_up = None;
    (stage.sides.green.healthy, stage.sides.green.desired) = (6, 6);
    let provision = stage.orders.last().unwrap().id;
    stage.end(provision, OutcomeClass::Applied);
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
}
