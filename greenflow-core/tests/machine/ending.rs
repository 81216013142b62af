//! When a hold or a bake ends: with its time, and what was measured of all of it.

use std::time::Duration;

use greenflow_core::fact::{Fact, HoldReason, Move};
use greenflow_core::machine::{Action, Handled, PhaseName, Read};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::value::{Severity, Split, Timestamp};

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// How long after the controller came the first step was over.
fn step_over_after(plan: &Plan) -> Option<Duration> {
    let mut stage = Stage::of(&phase_of(plan, "shifting (holding)"), percent(10));
    let begun = stage.now.at;
    stage.pass(20 * MINUTE);
    let over = |at: Timestamp| at.since(begun);
    stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::Shift { step: 1 }) => Some(over(entry.at)),
        _ => None,
    })
}

/// The source's shortest interval is 10 s, and it is 5 s late.
#[test]
fn what_is_left_of_a_hold_is_measured_before_it_ends() {
    for (hold, over) in [(315, 315), (316, 321), (317, 322)] {
        let plan = plan_with(|body| body.shift.steps[0].hold = hold * SECOND);
        assert_eq!(step_over_after(&plan), Some(over * SECOND), "{hold} s");
    }
}

#[test]
fn a_hold_does_not_last_longer_for_samples_that_are_long() {
    let plan = plan_with(|body| {
        body.shift.analysis.every = 2 * MINUTE;
        body.shift.analysis.unknown_budget = 5 * MINUTE;
    });
    assert_eq!(step_over_after(&plan), Some(5 * MINUTE + 5 * SECOND));
}

/// A bake of which 5 s are left after a pause. All before was measured, and the last of it is told
/// just when the bake could end.
#[test]
fn what_was_measured_before_a_pause_ends_no_bake() {
    let mut stage = Stage::of(&phase("baking"), Split::ALL_GREEN);
    stage.pass(30 * MINUTE - 5 * SECOND);
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.pass(20 * SECOND);
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(14 * SECOND);
    assert_eq!(stage.phase(), PhaseName::Baking);
    stage.pass(SECOND);
    assert_eq!(stage.phase(), PhaseName::Confirming);
}

/// A bake that is cut short so long after the last sample came: whether it ends at once.
fn ends_unmeasured_for(time: Duration) -> bool {
    let mut stage = Stage::of(&phase("baking"), Split::ALL_GREEN);
    stage.pass(5 * MINUTE);
    let samples = |stage: &Stage| stage.asked(|read| matches!(read, Read::Sample { .. }));
    let before = samples(&stage);
    while samples(&stage) == before {
        stage.pass(SECOND);
    }
    stage.failing = |read| matches!(read, Read::Sample { .. });
    stage.pass(time);
    assert_eq!(stage.say(Action::Promote), Ok(Handled::Accepted));
    stage.phase() == PhaseName::Confirming
}

/// A sample each 30 s, 5 s late, and three polls of 10 s.
#[test]
fn one_lost_sample_holds_up_nobody_who_promotes_and_more_do() {
    assert!(ends_unmeasured_for(60 * SECOND));
    assert!(!ends_unmeasured_for(61 * SECOND));
}

#[test]
fn a_reading_that_fails_at_the_end_holds_nothing_up() {
    let mut stage = Stage::of(&phase("baking"), Split::ALL_GREEN);
    stage.pass(30 * MINUTE - 9 * SECOND);
    assert_eq!(stage.phase(), PhaseName::Baking);
    stage.failing = |read| matches!(read, Read::Split | Read::Sides);
    stage.pass(15 * SECOND);
    assert_eq!(stage.phase(), PhaseName::Confirming);
}

/// Why a bake was held that could not end for an hour.
fn stalled_for(plan: &Plan, otherwise: fn(&mut Stage)) -> String {
    let mut stage = Stage::of(&phase_of(plan, "baking"), Split::ALL_GREEN);
    stage.pass(29 * MINUTE);
    otherwise(&mut stage);
    stage.pass(63 * MINUTE);
    let held = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::Hold { reason: HoldReason::Stalled { what }, .. }) => Some(what.clone()),
        _ => None,
    });
    held.unwrap()
}

#[test]
fn people_read_why_a_bake_cannot_end() {
    let plan = plan_with(|body| {
        body.bake.analysis.limits = vec![Limit::error_rate_percent(1).severity(Severity::Minor)];
        body.bake.analysis.unknown_budget = 120 * MINUTE;
    });
    let bad = stalled_for(&plan, |stage| stage.errors = 5);
    assert!(bad.starts_with("the hold cannot end: a healthy sample: green error-rate"), "{bad}");
    let unmeasured = stalled_for(&plan, |stage| {
        stage.failing = |read| matches!(read, Read::Sample { .. });
    });
    assert_eq!(unmeasured, "the hold cannot end: the measurements of the whole hold");
}
