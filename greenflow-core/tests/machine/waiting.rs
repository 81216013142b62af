//! What waits goes on when it can: time in which nobody looked, or could do anything, is held against
//! nobody.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::plan::OtherwisePolicy;
use greenflow_core::provider::ErrorKind;
use greenflow_core::value::Split;

use super::journal::{
    Journal, capabilities, now, percent, phase, phase_of, phases_from, plan, plan_with,
};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

fn raises(stage: &Stage) -> usize {
    stage.begun().filter(|write| matches!(write, Write::Raise { .. })).count()
}

#[test]
fn a_green_that_came_up_in_time_is_verified_whoever_is_there_then() {
    let later = now(0).wall.after(30 * HOUR);
    let plan = plan_with(|body| body.verify.not_before = Some(later));
    let mut stage = Stage::of(&phase_of(&plan, "provisioning"), Split::ALL_BLUE);
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Verifying);
    for _ in 0..4 {
        stage.taken_over_after(4 * HOUR);
        stage.pass(2 * HOUR);
    }
    let checks = |stage: &Stage| {
        let facts = stage.entries.iter();
        facts.filter(|entry| entry.fact.name() == "check_ended").count()
    };
    assert_eq!((stage.phase(), checks(&stage)), (PhaseName::Verifying, 0));
    stage.pass(6 * HOUR);
    assert_eq!((stage.phase(), checks(&stage)), (PhaseName::AwaitingApproval, 1));
}

#[test]
fn time_without_a_controller_is_not_green_s() {
    let provisioning = phase("provisioning");
    let down = |stage: &mut Stage| stage.sides.green.healthy = 0;
    let mut stage = Stage::set(&provisioning, Split::ALL_BLUE, down);
    stage.pass(10 * MINUTE);
    stage.taken_over_after(HOUR);
    assert_eq!(stage.phase(), PhaseName::Provisioning);
    stage.pass(HOUR);
    assert_ne!(stage.phase(), PhaseName::Provisioning, "an hour is allowed");
}

/// A first step for which green lacks a target.
fn short_of_green() -> Stage {
    let raising = phase("shifting (raising)");
    Stage::set(&raising, Split::ALL_BLUE, |stage| stage.sides.green.healthy = 5)
}

/// Before a step blue must be able to take everything back, unless the plan says that it need not.
#[test]
fn no_step_is_taken_beside_a_blue_that_could_not_carry_everything() {
    for (dangerous, taken) in [(false, 0), (true, 1)] {
        let plan = plan_with(|body| body.start.dangerous_start_with_unhealthy_blue = dangerous);
        let raising = phase_of(&plan, "shifting (raising)");
        let mut stage = Stage::set(&raising, Split::ALL_BLUE, |stage| stage.sides.blue.healthy = 3);
        stage.pass(2 * MINUTE);
        assert_eq!(raises(&stage), taken, "dangerous: {dangerous}");
    }
}

/// Where trying again cannot help people are asked at once.
#[test]
fn a_step_that_is_denied_is_not_tried_again() {
    for (kind, tried, phase) in [
        (ErrorKind::PermissionDenied, 1, PhaseName::Held),
        (ErrorKind::Throttled, 2, PhaseName::Shifting),
    ] {
        let raising = super::journal::phase("shifting (raising)");
        let mut stage = Stage::set(&raising, Split::ALL_BLUE, |stage| stage.applies = false);
        let raise = stage.orders.last().unwrap().id;
        stage.fail(raise, kind);
        stage.pass(MINUTE);
        assert_eq!((stage.phase(), raises(&stage)), (phase, tried), "{kind:?}");
    }
}

#[test]
fn a_step_that_stalled_is_taken_after_a_resume() {
    let mut stage = short_of_green();
    stage.pass(20 * MINUTE);
    assert_eq!((stage.phase(), raises(&stage)), (PhaseName::Held, 0));
    stage.sides.green.healthy = 6;
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    assert_eq!((stage.phase(), raises(&stage)), (PhaseName::Shifting, 1));
    assert_eq!(stage.pages_about("held/stalled"), 1);
}

#[test]
fn a_step_has_its_time_again_after_a_pause() {
    let mut stage = short_of_green();
    stage.pass(2 * MINUTE);
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.pass(HOUR);
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Shifting);
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
}

#[test]
fn a_step_is_looked_at_before_it_is_late_whoever_takes_over() {
    let mut stage = short_of_green();
    stage.pass(10 * MINUTE);
    stage.sides.green.healthy = 6;
    stage.taken_over_after(HOUR);
    assert_eq!((stage.phase(), raises(&stage)), (PhaseName::Shifting, 1));
}

#[test]
fn a_bake_that_stalled_can_be_resumed() {
    let plan = plan_with(|body| body.bake.analysis.min_requests = 10_000_000);
    let mut stage = Stage::of(&phase_of(&plan, "baking"), Split::ALL_GREEN);
    stage.pass(95 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    assert_eq!(stage.pages_about("held/stalled"), 1);
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Baking, "it has its time again");
    assert_eq!(stage.pages_about("held/stalled"), 1);
}

#[test]
fn a_bake_that_waits_for_its_time_of_day_is_not_late() {
    let later = now(0).wall.after(6 * HOUR);
    let plan = plan_with(|body| {
        body.preflight.not_before = None;
        body.confirm.not_before = Some(later);
    });
    let mut stage = Stage::of(&phase_of(&plan, "baking"), Split::ALL_GREEN);
    stage.pass(4 * HOUR);
    stage.sides.green.healthy = 5;
    stage.pass(MINUTE);
    stage.sides.green.healthy = 6;
    stage.pass(HOUR);
    assert_eq!(stage.phase(), PhaseName::Baking);
    stage.pass(HOUR);
    assert_eq!(stage.phase(), PhaseName::Confirming);
}

#[test]
fn a_step_is_promoted_where_measurements_come_late() {
    let mut slow = capabilities();
    slow.metrics.delay = 2 * MINUTE;
    let mut phases = phases_from(Journal::with(&plan(), slow)).into_iter();
    let (_, holding) = phases.find(|(label, _)| label == "shifting (holding)").unwrap();
    let mut stage = Stage::of(&holding, percent(10));
    assert_eq!(stage.say(Action::Promote), Ok(Handled::Accepted));
    stage.pass(6 * MINUTE);
    assert_eq!(raises(&stage), 2);
}

#[test]
fn a_checklist_that_is_due_later_is_a_gate_too() {
    let due = now(0).wall.after(30 * HOUR);
    let plan = plan_with(|body| body.checklists[0].due = Some(due));
    let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
    stage.pass(26 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Preflight);
    let item = "ready".to_owned();
    assert_eq!(stage.say(Action::Confirm { item }), Ok(Handled::Accepted));
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
}

#[test]
fn a_checklist_that_is_open_when_it_is_due_refuses_the_rollout() {
    let due = now(0).wall.after(30 * HOUR);
    let plan = plan_with(|body| body.checklists[0].due = Some(due));
    let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
    stage.pass(31 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Refused);
}

#[test]
fn people_have_their_time_from_when_they_are_asked() {
    let plan = plan_with(|body| {
        body.confirm.checks = body.verify.suites.clone();
        body.confirm.unacknowledged.within = 30 * MINUTE;
        body.confirm.unacknowledged.otherwise = OtherwisePolicy::Proceed;
    });
    let confirming = phase_of(&plan, "confirming");
    let mut stage = Stage::set(&confirming, Split::ALL_GREEN, |stage| stage.checks = false);
    stage.pass(20 * MINUTE);
    stage.end_checks();
    stage.pass(25 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Confirming);
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Retaining);
}

#[test]
fn a_green_of_which_nothing_is_named_is_made_once() {
    let nameless = |stage: &mut Stage| stage.sides.green.resources.clear();
    let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, nameless);
    stage.pass(MINUTE);
    let made = stage.begun().filter(|write| matches!(write, Write::Provision { .. })).count();
    assert_eq!((stage.phase(), made), (PhaseName::RolledBack, 1));
}
