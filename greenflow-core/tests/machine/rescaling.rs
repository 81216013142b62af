//! The numbers of targets that were set are kept against other hands.

use std::time::Duration;

use greenflow_core::fact::{OutcomeClass, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::SideState;
use greenflow_core::value::{Side, Split};

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

fn side(stage: &mut Stage, side: Side) -> &mut SideState {
    match side {
        Side::Blue => &mut stage.sides.blue,
        Side::Green => &mut stage.sides.green,
    }
}

fn pins(stage: &Stage) -> usize {
    stage.begun().filter(|write| matches!(write, Write::PinBlue { minimum: Some(_) })).count()
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
        assert_eq!((stage.phase(), pins(&stage)), (PhaseName::Shifting, begun), "{dangerous}");
    }
}

#[test]
fn a_hand_that_takes_them_again_and_again_is_left_to_people() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.desired = 5;
    stage.pass(4 * MINUTE);
    let given_back = pins(&stage) - 1;
    assert_eq!((stage.phase(), given_back), (PhaseName::Held, 2));
    assert_eq!(stage.pages_about("held/rescaled"), 1);
}

/// Before a step every target that was set is back, though none is missed yet.
#[test]
fn no_step_is_taken_beside_a_side_whose_targets_are_going() {
    for going in [Side::Blue, Side::Green] {
        let mut stage = Stage::set(&phase("shifting (raising)"), Split::ALL_BLUE, |stage| {
            side(stage, going).desired = 5;
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
        side(&mut stage, going).desired = 6;
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
            *side(stage, gone) = SideState::default();
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
    assert_eq!((stage.phase(), pins(&stage)), (PhaseName::Shifting, 1));
    stage.errors = 50;
    stage.pass(3 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}
