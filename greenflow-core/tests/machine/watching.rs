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
