//! The cut is made as often as it is undone, and no more often.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, OutcomeClass, Write};
use greenflow_core::machine::{Action, Handled, PhaseName, Read};
use greenflow_core::provider::{ErrorKind, Fence};
use greenflow_core::value::Split;

use super::journal::{percent, phase, phase_of, plan, plan_with};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

fn is_sample(read: &Read) -> bool {
    matches!(read, Read::Sample { .. })
}

fn cuts(stage: &Stage) -> usize {
    stage.begun().filter(|write| write.is_cut()).count()
}

/// Everything is answered within the same millisecond here.
#[test]
fn another_hand_is_answered_once_each_time_however_fast() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.pass(20 * SECOND);
    assert_eq!(cuts(&stage), 1);
    for undone in 2..5 {
        stage.split = percent(50);
        stage.pass(20 * SECOND);
        assert_eq!((stage.split, cuts(&stage)), (Split::ALL_BLUE, undone));
    }
    assert_eq!(stage.phase(), PhaseName::RollingBack);
    assert!(stage.begun().all(|write| !matches!(write, Write::Remove { .. })));
}

fn removals(stage: &Stage) -> usize {
    stage.begun().filter(|write| matches!(write, Write::Remove { .. })).count()
}

/// Nobody is served by a green that is down; that says nothing of where the balancer sends them.
#[test]
fn a_green_that_comes_up_again_is_measured_at_rest_anew() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.sides.green.healthy = 0;
    stage.pass(80 * SECOND);
    stage.sides.green.healthy = 6;
    stage.pass(55 * SECOND);
    assert_eq!(removals(&stage), 0);
    stage.pass(45 * SECOND);
    assert_eq!(removals(&stage), 1);
}

/// The cut was sent two seconds before, and may land until two minutes after it.
#[test]
fn green_is_stopped_as_soon_as_nothing_can_land_any_more() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.pass(117 * SECOND);
    assert_eq!(removals(&stage), 0);
    stage.pass(SECOND);
    assert_eq!(removals(&stage), 1);
}

/// The removal may wait for minutes to be sent.
#[test]
fn green_is_not_stopped_any_more_when_blue_goes_down() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.applies = false;
    stage.pass(140 * SECOND);
    let removal = stage.orders.last().unwrap().id;
    assert_eq!((removals(&stage), stage.stopped.len()), (1, 0));
    stage.sides.blue.healthy = 0;
    stage.pass(15 * SECOND);
    assert_eq!(stage.stopped, [removal]);
    stage.end(removal, OutcomeClass::NotApplied);
    stage.pass(10 * 60 * SECOND);
    assert_eq!(removals(&stage), 1, "it is not begun again");
    stage.sides.blue.healthy = 6;
    stage.pass(90 * SECOND);
    assert_eq!(removals(&stage), 2, "until blue is back");
}

#[test]
fn a_green_that_stays_down_is_not_waited_for() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.sides.green.healthy = 0;
    stage.pass(140 * SECOND);
    assert_eq!(removals(&stage), 1);
}

/// The balancer has not answered for minutes, and blue goes down meanwhile.
#[test]
fn a_cut_under_way_is_kept_off_a_blue_that_goes_down() {
    let mut stage = Stage::set(&phase("rolling_back (cutting)"), Split::ALL_GREEN, |stage| {
        stage.applies = false;
    });
    stage.pass(120 * SECOND);
    assert_eq!((cuts(&stage), stage.stopped.len()), (1, 0));
    stage.sides.blue.healthy = 0;
    stage.pass(12 * SECOND);
    let cut = stage.orders[0].id;
    assert_eq!(stage.stopped, [cut]);
    stage.end(cut, OutcomeClass::Ambiguous);
    stage.pass(60 * SECOND);
    assert_eq!(cuts(&stage), 1);
    stage.sides.blue.healthy = 6;
    stage.pass(10 * SECOND);
    assert_eq!(cuts(&stage), 2);
}

#[test]
fn a_green_that_is_kept_running_is_told_once() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.sides.blue.healthy = 0;
    stage.pass(3 * 3600 * SECOND);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    let told = |entry: &&Entry| matches!(&entry.fact, Fact::NoticeQueued(notice) if notice.text.contains("left over"));
    assert_eq!(stage.entries.iter().filter(told).count(), 1);
}

/// Of the time before the cut nothing is asked step by step: the first word of the time after it would
/// come minutes later.
#[test]
fn what_was_before_the_cut_is_asked_for_in_one() {
    for (label, hours, most) in [("retaining", 2, 20), ("awaiting_approval", 26, 10)] {
        let split = if label == "retaining" { Split::ALL_GREEN } else { Split::ALL_BLUE };
        let plan = plan_with(|body| body.approval.as_mut().unwrap().expires_after = 99 * HOUR);
        let mut stage = Stage::of(&phase_of(&plan, label), split);
        stage.pass(hours * HOUR + HOUR / 3);
        let samples = stage.asked(is_sample);
        assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
        stage.pass(150 * SECOND);
        assert_eq!((stage.phase(), removals(&stage)), (PhaseName::RolledBack, 1), "{label}");
        let samples = stage.asked(is_sample) - samples;
        assert!(samples <= most, "{label}: {samples} samples");
    }
}

/// Minutes count there: nobody waits as long for an answer as on the way forward.
#[test]
fn the_way_back_waits_less_long_for_readings() {
    let timing = plan().body().timing.clone();
    assert_ne!(timing.rollback_read, timing.forward_read);
    for (label, split, deadline) in [
        ("shifting (holding)", percent(10), timing.forward_read),
        ("rolling_back (cut)", Split::ALL_BLUE, timing.rollback_read),
    ] {
        let mut stage = Stage::of(&phase(label), split);
        stage.pass(20 * SECOND);
        assert!(stage.reads.len() > 3);
        assert!(stage.reads.iter().all(|order| order.deadline == deadline), "{label}");
    }
}

#[test]
fn a_cut_that_is_not_confirmed_in_time_pages_once() {
    let mut stage = Stage::set(&phase("rolling_back (cutting)"), percent(10), |stage| {
        stage.applies = false;
    });
    let budget = plan().body().rollback.budget;
    stage.pass(budget - 10 * SECOND);
    assert_eq!(stage.pages_about("rollback-overdue"), 0);
    stage.pass(HOUR);
    assert_eq!((cuts(&stage), stage.pages_about("rollback-overdue")), (1, 1));
}

#[test]
fn a_cut_that_failed_is_made_anew_a_little_later() {
    let mut stage = Stage::set(&phase("rolling_back (cutting)"), percent(10), |stage| {
        stage.applies = false;
    });
    stage.fail(stage.orders[0].id, ErrorKind::Throttled);
    assert_eq!(cuts(&stage), 1);
    stage.pass(3 * SECOND);
    assert_eq!(cuts(&stage), 1);
    stage.pass(2 * SECOND);
    assert_eq!(cuts(&stage), 2);
}

/// The cut itself needs none of it.
#[test]
fn the_targets_are_read_once_a_cut_takes_long() {
    let mut stage = Stage::set(&phase("rolling_back (cutting)"), percent(10), |stage| {
        stage.applies = false;
    });
    let looks = |stage: &Stage| stage.asked(|read| *read == Read::Sides);
    stage.pass(9 * SECOND);
    assert_eq!(looks(&stage), 0);
    stage.pass(2 * SECOND);
    assert_eq!(looks(&stage), 1);
}

/// Nobody has watched so far: another hand may have moved everything away from a blue that is gone.
#[test]
fn before_the_first_step_nothing_is_sent_to_blue_unseen() {
    let mut stage = Stage::set(&phase("verifying"), Split::ALL_BLUE, |stage| {
        stage.checks = false;
        stage.sides.blue.healthy = 0;
    });
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    stage.pass(4 * 60 * SECOND);
    assert_eq!((stage.phase(), cuts(&stage)), (PhaseName::RollingBack, 0));
    assert_eq!(stage.pages_about("rollback-blocked"), 1);
    stage.pass(2 * 60 * SECOND);
    assert_eq!((stage.phase(), cuts(&stage)), (PhaseName::Stuck, 0));
}

/// What cannot be read any more speaks against blue for three polls, and not a moment longer.
#[test]
fn a_blue_that_was_read_to_be_down_long_ago_does_not_keep_the_cut_waiting() {
    let mut stage = Stage::set(&phase("rolling_back (cutting)"), percent(10), |stage| {
        stage.sides.blue.healthy = 0;
        stage.applies = false;
    });
    stage.pass(12 * SECOND);
    stage.end(stage.orders[0].id, OutcomeClass::NotApplied);
    stage.pass(20 * SECOND);
    assert_eq!(cuts(&stage), 1, "it is read to be down");
    stage.failing = |read| *read == Read::Sides;
    stage.pass(27 * SECOND);
    assert_eq!(cuts(&stage), 1, "it was down half a minute ago");
    stage.pass(4 * SECOND);
    assert_eq!(cuts(&stage), 2);
}

/// A raise of which nothing was ever seen may be anywhere, and a fence keeps out only what is older
/// than what it was told.
#[test]
fn a_cut_behind_a_loose_raise_must_be_answered_where_only_a_fence_keeps_that_out() {
    let late = Fence::Late { bound: 120 * SECOND };
    for (fence, label, split, wanted) in [
        (Fence::PerOperation, "shifting (raising)", 0, true),
        (Fence::Conditional, "shifting (raising)", 0, true),
        (late, "shifting (raising)", 0, false),
        (Fence::PerOperation, "shifting (holding)", 10, false),
        (Fence::PerOperation, "verifying", 0, false),
    ] {
        let mut journal = phase(label);
        let Fact::Started(started) = &mut journal.entries[0].fact else { panic!("not the first") };
        started.capabilities.load_balancer.fence = fence;
        let mut stage = Stage::set(&journal, percent(split), |stage| stage.applies = false);
        assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
        for raise in std::mem::take(&mut stage.stopped) {
            stage.end(raise, OutcomeClass::Ambiguous);
        }
        stage.pass(SECOND);
        let cut = stage.orders.iter().find(|order| order.write.is_cut()).unwrap().clone();
        assert_eq!(cut.needs_answer, wanted, "{label} {fence:?}");
        stage.taken_over_after(20 * SECOND);
        let again = stage.orders.last().unwrap();
        assert_eq!((again.id, again.needs_answer), (cut.id, wanted), "{label} {fence:?}");
    }
}

#[test]
fn the_requests_on_blue_are_noted_once() {
    let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
    stage.pass(HOUR);
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    let noted =
        |entry: &&Entry| matches!(entry.fact, Fact::TrafficObserved { split: Split::ALL_BLUE, .. });
    assert_eq!(stage.entries.iter().filter(noted).count(), 1);
}

#[test]
fn a_green_that_cannot_be_stopped_is_left_and_told() {
    for (kind, times) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Throttled, 3)] {
        let mut stage = Stage::of(&phase("rolling_back (cut)"), Split::ALL_BLUE);
        stage.applies = false;
        stage.pass(150 * SECOND);
        let mut failed = 0;
        while removals(&stage) > failed {
            stage.fail(stage.orders.last().unwrap().id, kind);
            failed += 1;
            // What failed may land still.
            stage.pass(150 * SECOND);
        }
        assert_eq!(failed, times, "{kind:?}");
        // The pin is being taken back.
        stage.end(stage.orders.last().unwrap().id, OutcomeClass::Applied);
        stage.pass(150 * SECOND);
        assert_eq!(stage.phase(), PhaseName::RolledBack, "{kind:?}");
        let left = stage.entries.iter().find_map(|entry| match &entry.fact {
            Fact::Moved(Move::FinishRollback { leftovers }) => Some(leftovers.clone()),
            _ => None,
        });
        assert_eq!(left, Some(vec!["green: green-1".to_owned()]));
    }
}
