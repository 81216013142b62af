//! How old a reading may be: what was seen long ago says nothing of now, and an answer that takes a
//! while says enough.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::{PhaseName, Read};
use greenflow_core::plan::{CheckSpec, Plan};
use greenflow_core::value::Split;

use super::journal::{percent, phase_of, plan_with};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// The split and the targets are told four seconds after they were asked for.
const fn slow(read: &Read) -> Duration {
    match read {
        Read::Split | Read::Sides => Duration::from_secs(4),
        _ => Duration::ZERO,
    }
}

#[test]
fn blue_is_removed_beside_a_provider_that_is_slow_to_answer() {
    let plan = plan_with(|body| body.timing.fresh = 6 * SECOND);
    let mut stage = Stage::set(&phase_of(&plan, "retaining"), Split::ALL_GREEN, |stage| {
        stage.takes = slow;
    });
    stage.pass(73 * HOUR);
    assert_eq!(stage.begun().filter(|write| matches!(write, Write::Remove { .. })).count(), 1);
}

/// A plan without checklists, whose preflight waits for a check.
fn checked() -> Plan {
    plan_with(|body| {
        body.checklists.clear();
        let name = "dns".parse().unwrap();
        body.preflight.checks = vec![CheckSpec { name, cases: vec![], deadline: 20 * MINUTE }];
    })
}

/// A preflight in which that check runs for so long; meanwhile something happens.
fn preflight(lasts: Duration, meanwhile: impl FnOnce(&mut Stage)) -> PhaseName {
    let mut stage = Stage::set(&phase_of(&checked(), "preflight"), Split::ALL_BLUE, |stage| {
        stage.takes = slow;
        stage.checks = false;
    });
    stage.pass(10 * SECOND);
    meanwhile(&mut stage);
    stage.pass(lasts.saturating_sub(10 * SECOND));
    stage.end_checks();
    stage.checks = true;
    stage.pass(10 * SECOND);
    stage.phase()
}

#[test]
fn preflight_goes_on_by_what_was_seen_just_now() {
    assert_eq!(preflight(10 * MINUTE, |_| {}), PhaseName::AwaitingApproval);
    let down = preflight(10 * MINUTE, |stage| stage.sides.blue.healthy = 5);
    assert_eq!(down, PhaseName::Refused, "blue has lost a target meanwhile");
    let moved = preflight(10 * MINUTE, |stage| stage.split = percent(10));
    assert_eq!(moved, PhaseName::Refused, "another hand has moved traffic meanwhile");
}

/// The source says nothing any more: what it said last is good for a while.
#[test]
fn preflight_goes_on_by_what_was_measured_a_while_ago() {
    let silent = |stage: &mut Stage| stage.metrics_behind = HOUR;
    assert_eq!(preflight(45 * SECOND, silent), PhaseName::AwaitingApproval);
    assert_eq!(preflight(90 * SECOND, silent), PhaseName::Preflight);
}

/// What it did not know yet is asked for again.
#[test]
fn preflight_goes_on_beside_a_source_that_has_fallen_behind() {
    let behind = |stage: &mut Stage| stage.metrics_behind = 12 * SECOND;
    assert_eq!(preflight(10 * MINUTE, behind), PhaseName::AwaitingApproval);
}

#[test]
fn preflight_measures_the_past_and_waits_for_no_sample() {
    let plan = plan_with(|body| body.checklists.clear());
    let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
    stage.pass(SECOND);
    assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
}
