//! How old a reading may be: what was seen long ago says nothing of now, and an answer that takes a
//! while says enough.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::{PhaseName, Read};
use greenflow_core::plan::{CheckSpec, Plan};
use greenflow_core::value::{Side, Split};

use super::journal::{now, percent, phase, phase_of, plan_with};
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

fn removals(stage: &Stage) -> usize {
    stage.begun().filter(|write| matches!(write, Write::Remove { .. })).count()
}

#[test]
fn blue_is_removed_beside_a_provider_that_is_slow_to_answer() {
    let plan = plan_with(|body| body.timing.fresh = 6 * SECOND);
    let mut stage = Stage::set(&phase_of(&plan, "retaining"), Split::ALL_GREEN, |stage| {
        stage.takes = slow;
    });
    stage.pass(73 * HOUR);
    assert_eq!(removals(&stage), 1);
}

#[test]
fn blue_is_removed_beside_a_source_that_is_a_little_late() {
    let mut stage = Stage::set(&phase("retaining"), Split::ALL_GREEN, |stage| {
        stage.metrics_behind = 40 * SECOND;
    });
    stage.pass(72 * HOUR + MINUTE + 15 * SECOND);
    assert_eq!(removals(&stage), 1);
}

/// Without a long watch the measurements before the removal are an average of days: it says nothing of
/// now.
#[test]
fn blue_is_not_removed_on_an_average_of_days() {
    let plan = plan_with(|body| body.watch.duration = Duration::ZERO);
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.measured = |sample| {
        if sample.start >= now(0).wall.after(72 * HOUR)
            && let Some(green) = &mut sample.green
        {
            green.errors = green.requests / 2;
        }
    };
    stage.pass(73 * HOUR);
    let of_blue = |write: &Write| matches!(write, Write::Remove { side: Side::Blue, .. });
    assert!(!stage.begun().any(of_blue));
    assert!(stage.begun().any(Write::is_cut));
}

/// What was read before the time to remove blue came says nothing of the time since.
#[test]
fn there_is_a_way_back_while_the_balancer_or_the_targets_cannot_be_read() {
    let silent: [fn(&Read) -> Duration; 2] = [
        |read| if *read == Read::Split { 2 * HOUR } else { Duration::ZERO },
        |read| if *read == Read::Sides { 2 * HOUR } else { Duration::ZERO },
    ];
    for takes in silent {
        let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
        stage.pass(71 * HOUR + 59 * MINUTE);
        stage.takes = takes;
        stage.pass(HOUR);
        assert_eq!(stage.phase(), PhaseName::Retaining);
    }
}

#[test]
fn a_raise_is_given_up_beside_a_provider_that_is_slow_to_answer() {
    let either: [fn(&mut Stage); 2] =
        [|stage| stage.sides.green.healthy = 0, |stage| stage.split = percent(30)];
    for happens in either {
        let mut stage = Stage::set(&phase("shifting (raising)"), Split::ALL_BLUE, |stage| {
            (stage.takes, stage.applies) = (slow, false);
        });
        stage.pass(MINUTE);
        let raise = stage.orders.last().unwrap().id;
        assert_eq!((stage.phase(), stage.stopped.len()), (PhaseName::Shifting, 0));
        happens(&mut stage);
        stage.pass(MINUTE / 2);
        assert_eq!(stage.stopped, [raise]);
    }
}

/// Another hand is at the balancer before anything was sent there.
#[test]
fn a_drift_before_the_first_step_is_seen_beside_a_provider_that_is_slow_to_answer() {
    let mut stage = Stage::set(&phase("shifting (raising)"), percent(30), |stage| {
        stage.takes = slow;
    });
    stage.pass(MINUTE);
    assert_eq!((stage.phase(), stage.pages_about("held/drift")), (PhaseName::Held, 1));
}

#[test]
fn a_hold_is_watched_beside_a_provider_that_is_slow_to_answer() {
    type Happens = fn(&mut Stage);
    let all: [(Happens, &str); 4] = [
        (|stage| stage.split = percent(50), "held/drift"),
        (|stage| stage.sides.green.healthy = 0, "rollback/"),
        (|stage| stage.sides.blue.healthy = 5, "blue-short"),
        (|stage| stage.sides.blue.desired = 5, "held/rescaled"),
    ];
    for (happens, page) in all {
        let mut stage = Stage::set(&phase("shifting (holding)"), percent(10), |stage| {
            stage.takes = slow;
        });
        stage.pass(MINUTE);
        assert_eq!(stage.pages(), Vec::<&str>::new());
        happens(&mut stage);
        stage.pass(2 * MINUTE);
        assert_eq!(stage.pages_about(page), 1, "{page}: {:?}", stage.pages());
    }
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
    assert_eq!(preflight(40 * MINUTE, silent), PhaseName::Refused, "it is not waited for for ever");
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
