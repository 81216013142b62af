//! The long watch tells of each thing that begins.

use std::time::Duration;

use greenflow_core::value::Split;

use super::journal::{percent, phase};
use super::stage::Stage;

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn a_drift_that_stands_hides_no_breach() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.split = percent(90);
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages().len(), 1, "{:?}", stage.pages());
    stage.errors = 50;
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1);
    stage.sides.green.healthy = 0;
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/green-unfit"), 1);
}

#[test]
fn controllers_that_take_turns_page_once() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.errors = 50;
    for _ in 0..5 {
        stage.pass(2 * HOUR);
        stage.taken_over_after(Duration::from_secs(10));
    }
    assert_eq!(stage.pages_about("watch/breach"), 1);
}

/// A source that is later than it says is asked for what was missed, and not only for what it cannot
/// know yet.
#[test]
fn a_source_that_has_fallen_behind_is_still_heard() {
    for label in ["watching", "retaining"] {
        let mut stage = Stage::set(&phase(label), Split::ALL_GREEN, |stage| {
            stage.metrics_behind = Duration::from_mins(5);
        });
        stage.pass(12 * HOUR);
        assert_eq!(stage.pages(), Vec::<&str>::new(), "{label}");
        assert_eq!(stage.phase().as_str(), label);
    }
}

#[test]
fn a_source_that_has_fallen_behind_tells_of_a_breach_at_the_next_look() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.metrics_behind = Duration::from_mins(5);
    stage.pass(2 * HOUR);
    stage.errors = 50;
    stage.pass(2 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
}

/// Nobody watched for days: what was bad in the first of them is told, though the last is well.
#[test]
fn a_breach_in_the_first_part_of_a_long_sample_is_not_hidden() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.bad_until = Some(stage.now.wall.after(20 * HOUR));
    stage.taken_over_after(50 * HOUR);
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
}

/// One reading may be stale, so the balancer is read again in the same look.
#[test]
fn another_hand_is_told_within_the_look_that_sees_it() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR / 60);
    stage.split = percent(90);
    stage.pass(HOUR / 2);
    assert_eq!(stage.pages().len(), 1, "{:?}", stage.pages());
}
