//! The numbers of targets that were set are kept against other hands: what they take is given back
//! a few times, then left to people.

use std::time::Duration;

use greenflow_core::fact::{OutcomeClass, Write};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::provider::SideState;
use greenflow_core::value::{Side, Split};

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn of(stage: &mut Stage, side: Side) -> &mut SideState {
    match side {
        Side::Blue => &mut stage.sides.blue,
        Side::Green => &mut stage.sides.green,
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

/// Unless the plan says that blue need not be whole.
#[test]
fn a_blue_that_loses_targets_to_another_hand_is_given_them_back() {
    for (dangerous, begun) in [(false, 2), (true, 1)] {
        let plan = plan_with(|body| body.start.dangerous_start_with_unhealthy_blue = dangerous);
        let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
        stage.pass(MINUTE);
        stage.sides.blue.desired = 5;
        stage.pass(MINUTE / 3);
        stage.sides.blue.desired = 6;
        stage.pass(MINUTE);
        assert_eq!(
            (stage.phase(), sets(&stage, Side::Blue)),
            (PhaseName::Shifting, begun),
            "{dangerous}"
        );
    }
}

#[test]
fn a_hand_that_takes_them_again_and_again_is_left_to_people() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.desired = 5;
    stage.pass(4 * MINUTE);
    let given_back = sets(&stage, Side::Blue) - 1;
    assert_eq!((stage.phase(), given_back), (PhaseName::Held, 2));
    assert_eq!(stage.pages_about("held/rescaled"), 1);
}

/// Before a step every target that was set is back, though none is missed yet.
#[test]
fn no_step_is_taken_beside_a_side_whose_targets_are_going() {
    for going in [Side::Blue, Side::Green] {
        let mut stage = Stage::set(&phase("shifting (raising)"), Split::ALL_BLUE, |stage| {
            of(stage, going).desired = 5;
            stage.applies = false;
        });
        stage.pass(MINUTE / 12);
        assert_eq!(stage.orders.len(), 0, "one reading may be stale");
        stage.pass(MINUTE);
        let (given_back, is_raise) = match stage.orders.as_slice() {
            [order] => (order.id, matches!(order.write, Write::Raise { .. })),
            orders => panic!("{orders:?}"),
        };
        assert!(!is_raise);
        of(&mut stage, going).desired = 6;
        stage.applies = true;
        stage.end(given_back, OutcomeClass::Applied);
        stage.pass(MINUTE);
        assert!(matches!(stage.begun().last(), Some(Write::Raise { .. })));
    }
}

/// A green that was deleted is made anew; a blue that was deleted cannot be.
#[test]
fn what_another_hand_deletes_is_made_anew_where_it_can_be() {
    for (gone, writes) in [(Side::Blue, 0), (Side::Green, 1)] {
        let raising = phase("shifting (raising)");
        let mut stage = Stage::set(&raising, Split::ALL_BLUE, |stage| {
            *of(stage, gone) = SideState::default();
            stage.applies = false;
        });
        stage.pass(MINUTE);
        assert_eq!(stage.orders.len(), writes);
        assert!(stage.orders.iter().all(|order| matches!(order.write, Write::Provision { .. })));
    }
}

/// Nothing leads back from there: what another hand makes of green is its own business.
#[test]
fn a_green_without_a_blue_may_have_as_many_targets_as_it_likes() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    let writes = stage.begun().count();
    stage.sides.green.desired = 5;
    stage.pass(180 * MINUTE);
    assert_eq!((stage.begun().count(), stage.pages().len()), (writes, 0));
}

/// They could not be given back then, and what leads back must not wait for it.
#[test]
fn targets_that_are_missing_while_the_journal_is_lost_hide_no_breach() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.journal_is(false);
    stage.sides.blue.desired = 5;
    stage.pass(MINUTE);
    assert_eq!((stage.phase(), sets(&stage, Side::Blue)), (PhaseName::Shifting, 1));
    stage.errors = 50;
    stage.pass(3 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

#[test]
fn they_are_given_back_twice_and_twice_again_when_a_person_says_to_go_on() {
    for side in [Side::Blue, Side::Green] {
        let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
        assert_eq!(sets(&stage, side), 1);
        for resumed in 0..2 {
            for given in 1..=2 {
                of(&mut stage, side).desired = 5;
                stage.pass(25 * SECOND);
                of(&mut stage, side).desired = 6;
                stage.pass(15 * SECOND);
                assert_eq!(sets(&stage, side), 1 + 2 * resumed + given, "{side}");
                assert_eq!(stage.phase(), PhaseName::Shifting, "{side}");
            }
            of(&mut stage, side).desired = 5;
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
