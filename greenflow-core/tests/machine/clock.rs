//! A wall clock that is set back makes nothing new of what was measured before.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::machine::{Action, PhaseName, Read, ReadOrder};
use greenflow_core::plan::Plan;
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Now, Split};

use super::journal::{percent, phase, phase_of, plan};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// From here on the controller's clock is an hour behind that of the metric source. For ten hours that
/// cannot be a clock that runs slow.
fn set_back(stage: &mut Stage) {
    stage.now = Now::new(stage.now.at, stage.now.wall.before(HOUR));
}

fn begins(stage: &Stage, like: impl Fn(&Write) -> bool) -> usize {
    stage.begun().filter(|write| like(write)).count()
}

#[test]
fn blue_is_not_removed_on_what_was_measured_before() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(71 * HOUR);
    set_back(&mut stage);
    stage.pass(6 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Retaining);
}

#[test]
fn a_hold_does_not_end_on_what_was_measured_before() {
    let mut body = plan().body().clone();
    body.shift.analysis.unknown_budget = HOUR;
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
    stage.pass(MINUTE);
    set_back(&mut stage);
    stage.pass(20 * MINUTE);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Raise { .. })), 1);
}

#[test]
fn green_is_not_stopped_on_what_was_measured_before_the_cut() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.pass(Duration::from_secs(90));
    stage.split = percent(50);
    stage.pass(Duration::from_secs(15));
    assert_eq!((stage.split, begins(&stage, Write::is_cut)), (Split::ALL_BLUE, 2));
    set_back(&mut stage);
    stage.pass(30 * MINUTE);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 0);
}

/// Whoever comes only then has never seen the clock right, but what was written down tells it so.
mod of_who_comes_later {
    use super::*;

    fn comes_with_a_clock_set_back(stage: &mut Stage) {
        set_back_far(stage);
        stage.taken_over_after(MINUTE);
    }

    /// So people need not find it out.
    const WHY: &str = "behind that of the metric source, and must be set";

    fn set_back_far(stage: &mut Stage) {
        stage.now = Now::new(stage.now.at, stage.now.wall.before(6 * HOUR));
    }

    #[test]
    fn blue_is_not_removed_on_what_was_measured_before() {
        let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
        stage.pass(71 * HOUR);
        comes_with_a_clock_set_back(&mut stage);
        stage.pass(6 * HOUR);
        assert_eq!(stage.phase(), PhaseName::Retaining);
        assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 0);
    }

    #[test]
    fn a_hold_does_not_end_on_what_was_measured_before() {
        let mut body = plan().body().clone();
        body.bake.analysis.unknown_budget = HOUR;
        let plan = Plan::from_body(body).unwrap();
        let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
        stage.pass(7 * MINUTE);
        assert_eq!((stage.phase(), stage.split), (PhaseName::Baking, Split::ALL_GREEN));
        comes_with_a_clock_set_back(&mut stage);
        stage.pass(40 * MINUTE);
        assert_eq!(stage.phase(), PhaseName::Baking);
    }

    #[test]
    fn green_is_not_stopped_on_what_was_measured_before_the_cut() {
        let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
        stage.pass(6 * MINUTE);
        stage.errors = 50;
        let mut seconds = 0..600;
        while stage.split != Split::ALL_BLUE && seconds.next().is_some() {
            stage.pass(Duration::from_secs(1));
        }
        assert_eq!((stage.phase(), stage.split), (PhaseName::RollingBack, Split::ALL_BLUE));
        comes_with_a_clock_set_back(&mut stage);
        stage.pass(14 * MINUTE);
        assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 0);
        let waits = stage.wait().reason.to_string();
        assert!(waits.contains("no request on green; the clock here is 5h "), "{waits}");
    }

    /// What was measured before would say that all is well now.
    fn asks_for_nothing_of_before(stage: &mut Stage) {
        let until = |entry: &Entry| match &entry.fact {
            Fact::Judged(judged) => Some(judged.until),
            _ => None,
        };
        let known = stage.entries.iter().filter_map(until).max().unwrap();
        let before = stage.reads.len();
        stage.taken_over_after(MINUTE);
        stage.pass(4 * HOUR);
        let old =
            |order: &ReadOrder| matches!(order.read, Read::Sample { start, .. } if start < known);
        assert!(!stage.reads[before..].iter().any(old));
        let page = stage.notices().find(|notice| notice.kind == NoticeKind::Page).unwrap();
        assert!(page.text.contains("nothing was known of green"), "{}", page.text);
        assert!(page.text.contains(WHY), "{}", page.text);
    }

    #[test]
    fn a_look_asks_for_nothing_of_before() {
        let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
        stage.pass(20 * HOUR);
        set_back_far(&mut stage);
        asks_for_nothing_of_before(&mut stage);
    }

    #[test]
    fn a_first_step_asks_for_nothing_of_before_the_preflight_ended() {
        let mut stage = Stage::of(&phase("preflight"), Split::ALL_BLUE);
        let _ = stage.say(Action::Confirm { item: "ready".to_owned() }).unwrap();
        stage.pass(10 * MINUTE);
        assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
        set_back_far(&mut stage);
        let of = stage.machine().state().approval_target().unwrap();
        let _ = stage.say(Action::Approve { of }).unwrap();
        stage.pass(MINUTE);
        assert_eq!(stage.phase(), PhaseName::Shifting);
        asks_for_nothing_of_before(&mut stage);
    }

    /// Rollout time has gone on by an hour more than all clocks but the store's.
    #[test]
    fn a_wild_clock_of_the_store_holds_nothing_up() {
        let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
        stage.pass(7 * MINUTE);
        assert_eq!(stage.phase(), PhaseName::Baking);
        stage.now = Now::new(stage.now.at.after(HOUR), stage.now.wall);
        stage.taken_over_after(MINUTE);
        stage.pass(40 * MINUTE);
        assert_eq!(stage.phase(), PhaseName::Confirming);
    }
}

/// Where it goes on as it did, all of them happen.
#[test]
fn nothing_is_held_up_otherwise() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(83 * HOUR);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 1);
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.pass(30 * MINUTE);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 1);
}

/// It cannot be told from a source that is late: what was read of the split meanwhile makes up for it.
#[test]
fn a_clock_that_is_ahead_keeps_blue_only_for_as_long() {
    let mut body = plan().body().clone();
    body.watch.duration = Duration::ZERO;
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.metrics_behind = 10 * MINUTE;
    // Measured is so far not a minute of the time in which blue was to go.
    stage.pass(72 * HOUR + 10 * MINUTE + MINUTE / 2);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 0);
    stage.pass(2 * MINUTE);
    assert_eq!(begins(&stage, |write| matches!(write, Write::Remove { .. })), 1);
}
