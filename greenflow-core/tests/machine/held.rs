//! A hold hides nothing.

use std::time::Duration;

use greenflow_core::machine::{Action, Handled, PhaseName};

use super::journal::{percent, phase};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A hold at 10 % in which another hand has sent half of the traffic to green.
fn drifted() -> Stage {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.split = percent(50);
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage
}

#[test]
fn a_drift_that_lasts_hides_no_breach() {
    let mut stage = drifted();
    stage.pass(MINUTE);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert!(stage.begun().any(greenflow_core::fact::Write::is_cut));
}

#[test]
fn a_drift_that_lasts_hides_no_green_without_targets() {
    let mut stage = drifted();
    stage.pass(MINUTE);
    stage.sides.green.healthy = 0;
    stage.pass(MINUTE);
    assert!(stage.begun().any(greenflow_core::fact::Write::is_cut));
}

#[test]
fn a_pause_that_is_paged_for_another_hand_hides_no_breach() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.split = percent(50);
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("drift-while-held"), 1);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert!(stage.begun().any(greenflow_core::fact::Write::is_cut));
}
