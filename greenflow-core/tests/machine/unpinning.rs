//! The pin on blue is taken back on every way out.

use std::time::Duration;

use greenflow_core::fact::{Fact, OutcomeClass, Write};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::value::{Side, Split};

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A pin that is set anew is under way when a person goes back; it ends so. How long after that the
/// pin was taken back.
fn taken_back_after(class: OutcomeClass) -> Duration {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.applies = false;
    stage.sides.blue.desired = 5;
    stage.pass(MINUTE);
    let pin = stage.orders.last().unwrap().id;
    assert!(matches!(stage.begun().last(), Some(Write::PinBlue { minimum: Some(6) })));
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    let cut = stage.orders.last().unwrap().id;
    (stage.applies, stage.split) = (true, percent(0));
    stage.pass(Duration::from_secs(1));
    stage.end(cut, OutcomeClass::Applied);
    stage.pass(10 * MINUTE);
    stage.end(pin, class);
    let ended = stage.now.at;
    stage.pass(30 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    let mut unpins = stage.entries.iter().filter(|entry| match &entry.fact {
        Fact::Intent { write, .. } => matches!(write, Write::PinBlue { minimum: None }),
        _ => false,
    });
    unpins.next_back().unwrap().at.since(ended)
}

#[test]
fn it_is_taken_back_though_setting_it_anew_had_failed() {
    let _ = taken_back_after(OutcomeClass::NotApplied);
}

#[test]
fn it_is_taken_back_once_no_setting_of_it_can_land() {
    let waited = taken_back_after(OutcomeClass::Ambiguous);
    assert!(waited >= Duration::from_secs(120), "{waited:?}");
}

/// The one who takes over has read the balancer, and need not have read the targets.
#[test]
fn whoever_takes_over_after_green_s_removal_takes_it_back() {
    let resources = vec!["green-1".parse().unwrap()];
    let removed =
        phase("rolling_back (cut)").wrote(5, Write::Remove { side: Side::Green, resources });
    let mut stage = Stage::of(&removed, Split::ALL_BLUE);
    stage.pass(10 * MINUTE);
    assert!(matches!(stage.begun().last(), Some(Write::PinBlue { minimum: None })));
    assert_eq!(stage.phase(), PhaseName::RolledBack);
}

/// Where blue stays, it may have as many targets as it likes again.
#[test]
fn a_blue_that_is_pinned_no_more_is_left_alone() {
    let plan = plan_with(|body| body.retire.remove_blue = false);
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.pass(80 * 60 * MINUTE);
    assert!(matches!(stage.begun().last(), Some(Write::PinBlue { minimum: None })));
    assert_eq!(stage.phase(), PhaseName::Watching);
    let writes = stage.begun().count();
    (stage.sides.blue.desired, stage.sides.blue.healthy) = (3, 3);
    stage.pass(5 * 60 * MINUTE);
    assert_eq!((stage.phase(), stage.begun().count()), (PhaseName::Watching, writes));
}
