//! Whoever must act is told each time that it begins.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::value::Split;

use super::journal::{percent, phase};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_way_back_that_is_blocked_again_pages_again() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    for times in 1..=2 {
        for _ in 0..30 {
            stage.split = percent(10);
            stage.pass(MINUTE);
        }
        assert_eq!(stage.phase(), PhaseName::Stuck, "each cut was undone");
        assert_eq!(stage.pages_about("rollback-blocked"), times);
        assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    }
}

#[test]
fn a_blue_that_is_down_after_the_way_back_pages() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.sides.blue.healthy = 0;
    stage.pass(180 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    assert_eq!(stage.pages_about("blue-down-afterwards"), 1);
}

#[test]
fn a_blue_that_is_short_of_targets_again_in_a_later_phase_pages_again() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.healthy = 5;
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("blue-short"), 1);
    stage.sides.blue.healthy = 6;
    stage.pass(15 * MINUTE);
    assert_eq!((stage.phase(), stage.pages_about("blue-short")), (PhaseName::Baking, 1));
    stage.sides.blue.healthy = 5;
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("blue-short"), 2);
}

#[test]
fn each_step_is_told_once_the_requests_show_it() {
    let mut stage = Stage::of(&phase("shifting (observing)"), percent(10));
    let is_told = |fact: &Fact| match fact {
        Fact::NoticeQueued(notice) => notice.key.0.contains("/step/"),
        _ => false,
    };
    let is_step = |fact: &Fact| matches!(fact, Fact::Moved(Move::Shift { .. }));
    let count = |stage: &Stage, is: fn(&Fact) -> bool| {
        stage.entries.iter().filter(|entry| is(&entry.fact)).count()
    };
    assert_eq!(count(&stage, is_told), 0);
    stage.pass(5 * MINUTE);
    assert_eq!(count(&stage, is_told), 1);
    stage.pass(10 * MINUTE);
    assert_eq!((stage.phase(), count(&stage, is_told)), (PhaseName::Baking, 2));
    assert_eq!(count(&stage, is_step), 2, "the bake follows on the last of them");
}
