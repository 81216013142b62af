//! Blue is kept for as long as anybody wants it, and removed by nothing that was overtaken.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, Outcome, OutcomeClass, Write};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::plan::Plan;
use greenflow_core::provider::ErrorKind;
use greenflow_core::value::{Side, Split};

use super::journal::{calm, ended, now, percent, phase, phase_of, plan, plan_with};
use super::stage::Stage;

const HOUR: Duration = Duration::from_hours(1);

fn is_removal(write: &&Write) -> bool {
    matches!(write, Write::Remove { side: Side::Blue, .. })
}

#[test]
fn a_removal_that_is_being_tried_is_stopped_by_an_abort() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    let removal = stage.orders.iter().find(|order| is_removal(&&order.write)).unwrap().id;
    assert_eq!(stage.say(Action::Abort), Ok(Handled::NoLongerPossible));
    assert_eq!(stage.stopped, [removal]);
    stage.end(removal, OutcomeClass::NotApplied);
    stage.pass(2 * HOUR);
    assert_eq!(stage.begun().filter(is_removal).count(), 1, "it is not begun again");
}

/// It may wait for minutes to be sent, and green is all there will be.
#[test]
fn a_removal_that_is_being_tried_is_stopped_when_green_goes_down() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    let removal = stage.orders.iter().find(|order| is_removal(&&order.write)).unwrap().id;
    stage.pass(Duration::from_secs(60));
    assert!(stage.stopped.is_empty(), "all is well");
    stage.sides.green.healthy = 0;
    stage.pass(Duration::from_secs(15));
    assert_eq!(stage.stopped, [removal]);
    stage.end(removal, OutcomeClass::NotApplied);
    stage.pass(HOUR / 2);
    assert_eq!(stage.begun().filter(is_removal).count(), 1, "it is not begun again");
    stage.sides.green.healthy = 6;
    stage.pass(Duration::from_secs(60));
    assert_eq!(stage.begun().filter(is_removal).count(), 2, "until green is back");
}

#[test]
fn a_blue_that_green_cannot_replace_is_left_and_told() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| {
        stage.sides.green.healthy = 1;
    });
    stage.pass(2 * HOUR);
    assert_eq!(stage.begun().filter(is_removal).count(), 0);
    assert_eq!(stage.phase(), PhaseName::Watching);
    assert!(
        stage.notices().any(|notice| notice.text.contains("green is not seen to be able to carry"))
    );
}

#[test]
fn one_that_another_controller_takes_up_is_stopped_too() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    assert_eq!(stage.say(Action::Abort), Ok(Handled::NoLongerPossible));
    let stopped = std::mem::take(&mut stage.stopped);
    assert_eq!(stopped.len(), 1);
    stage.taken_over_after(HOUR / 60);
    assert_eq!(stage.stopped, stopped);
}

#[test]
fn blue_is_not_removed_while_a_write_of_before_may_land() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(71 * HOUR);
    stage.applies = false;
    stage.sides.blue.desired = 5;
    stage.pass(2 * HOUR);
    let pin = stage.orders.last().unwrap().id;
    assert_eq!(stage.phase(), PhaseName::Retaining, "a pin is under way");
    stage.sides.blue.desired = 6;
    stage.applies = true;
    stage.end(pin, OutcomeClass::Ambiguous);
    let ended = stage.now.at;
    stage.pass(HOUR);
    let removed = stage.entries.iter().find(|entry| match &entry.fact {
        Fact::Intent { write, .. } => is_removal(&write),
        _ => false,
    });
    let waited = removed.unwrap().at.since(ended);
    assert!(waited >= Duration::from_secs(120), "{waited:?}");
}

/// How many hours after all requests were on green blue's removal was decided.
fn removed_after(plan: &Plan, commands: &[(u32, Action)]) -> u64 {
    let mut stage = Stage::of(&phase_of(plan, "retaining"), Split::ALL_GREEN);
    let begun = stage.now.at;
    for (hours, action) in commands {
        stage.pass((*hours * HOUR).saturating_sub(stage.now.at.since(begun)));
        assert_eq!(stage.say(action.clone()), Ok(Handled::Accepted));
    }
    stage.pass(400 * HOUR);
    let retired = stage.entries.iter().find(|entry| entry.fact == Fact::Moved(Move::Retire));
    retired.unwrap().at.since(begun).as_secs() / 3600
}

fn due_on_the_seventeenth() -> Plan {
    let mut body = plan().body().clone();
    body.retain.due = Some(now(0).wall.after(144 * HOUR));
    Plan::from_body(body).unwrap()
}

#[test]
fn a_retention_is_extended() {
    let longer = |hours| Action::ExtendRetention { by: hours * HOUR };
    assert_eq!(removed_after(&plan(), &[]), 72);
    assert_eq!(removed_after(&plan(), &[(10, longer(5))]), 77);
    assert_eq!(removed_after(&due_on_the_seventeenth(), &[]), 144, "six days after the start");
    assert_eq!(removed_after(&due_on_the_seventeenth(), &[(10, longer(5))]), 149);
}

#[test]
fn whoever_wants_blue_longer_overrules_who_wanted_it_gone() {
    let now = Action::RetireNow { superseded_by: None };
    assert_eq!(removed_after(&plan(), &[(10, now.clone())]), 10);
    let longer = Action::ExtendRetention { by: 5 * HOUR };
    assert_eq!(removed_after(&plan(), &[(10, now), (10, longer)]), 77);
}

#[test]
fn green_is_watched_while_blue_is_removed() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    stage.sides.green.healthy = 0;
    stage.pass(HOUR);
    assert_eq!((stage.phase(), stage.pages_about("watch/green-unfit")), (PhaseName::Retiring, 1));
}

#[test]
fn a_blue_that_is_going_is_short_of_nothing() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    stage.sides.blue.healthy = 0;
    stage.pass(HOUR);
    assert_eq!((stage.phase(), stage.pages().len()), (PhaseName::Retiring, 0));
}

/// Where the plan has no long watch nobody looks in between.
#[test]
fn a_rollout_that_keeps_blue_does_not_end_beside_another_hand() {
    let mut body = plan().body().clone();
    body.retire.remove_blue = false;
    body.watch.duration = Duration::ZERO;
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.split = percent(10);
    stage.pass(71 * HOUR + HOUR / 12);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage.split = Split::ALL_GREEN;
    stage.pass(HOUR);
    assert_eq!(stage.phase(), PhaseName::Completed);
}

#[test]
fn blue_is_kept_beside_a_green_that_cannot_carry_everything() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(71 * HOUR);
    stage.sides.green.healthy = 1;
    stage.pass(3 * HOUR);
    assert_eq!(stage.begun().filter(is_removal).count(), 0);
    stage.sides.green.healthy = 6;
    stage.pass(HOUR);
    assert_eq!(stage.begun().filter(is_removal).count(), 1);
}

/// Whatever the balancer says.
#[test]
fn a_blue_that_gets_requests_is_kept_and_after_a_day_people_are_asked() {
    let plan = plan_with(|body| body.timing = calm());
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.pass(71 * HOUR);
    stage.served = Some(percent(99));
    stage.pass(24 * HOUR);
    assert_eq!((stage.phase(), stage.pages_about("held/stalled")), (PhaseName::Retaining, 0));
    stage.pass(HOUR + HOUR / 12);
    assert_eq!((stage.phase(), stage.pages_about("held/stalled")), (PhaseName::Held, 1));
    assert_eq!(stage.begun().filter(is_removal).count(), 0);
}

/// Also where no controller lives for a day.
#[test]
fn people_are_asked_after_a_day_by_controllers_that_take_turns() {
    let plan = plan_with(|body| body.timing = calm());
    for now in [None, Some(Action::RetireNow { superseded_by: None })] {
        let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
        stage.pass(if now.is_some() { HOUR } else { 72 * HOUR });
        stage.served = Some(percent(99));
        let asked = now.map(|now| stage.say(now));
        assert!(asked.is_none_or(|asked| asked == Ok(Handled::Accepted)));
        for _ in 0..3 {
            stage.taken_over_after(HOUR / 60);
            stage.pass(7 * HOUR);
        }
        assert_eq!(stage.phase(), PhaseName::Retaining);
        stage.taken_over_after(HOUR / 60);
        stage.pass(3 * HOUR);
        assert_eq!((stage.phase(), stage.pages_about("held/stalled")), (PhaseName::Held, 1));
    }
}

#[test]
fn whoever_comes_days_late_tries_for_an_hour_before_people_are_asked() {
    let late = |served| {
        let mut body = due_on_the_seventeenth().body().clone();
        body.retain.at_least = HOUR;
        body.timing = calm();
        let plan = Plan::from_body(body).unwrap();
        let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
        stage.pass(140 * HOUR);
        stage.served = served;
        stage.taken_over_after(60 * HOUR);
        stage
    };
    let mut stage = late(Some(percent(99)));
    stage.pass(HOUR - HOUR / 60);
    assert_eq!((stage.phase(), stage.pages_about("held/stalled")), (PhaseName::Retaining, 0));
    stage.pass(HOUR / 30);
    assert_eq!((stage.phase(), stage.pages_about("held/stalled")), (PhaseName::Held, 1));
    let mut stage = late(None);
    stage.pass(HOUR);
    assert_eq!(stage.begun().filter(is_removal).count(), 1);
}

/// Whoever says that it goes on has another day.
#[test]
fn people_are_asked_again_a_day_after_they_have_answered() {
    let plan = plan_with(|body| body.timing = calm());
    let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
    stage.pass(71 * HOUR);
    stage.served = Some(percent(99));
    stage.pass(25 * HOUR + HOUR / 12);
    assert_eq!(stage.phase(), PhaseName::Held);
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(23 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Retaining);
    stage.pass(HOUR + HOUR / 12);
    assert_eq!(stage.phase(), PhaseName::Held);
}

/// One that took effect may be followed by a late echo of itself.
#[test]
fn the_way_back_stays_open_for_a_while_after_any_write() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.sides.blue.desired = 5;
    while stage.orders.is_empty() {
        stage.pass(Duration::from_secs(1));
    }
    stage.sides.blue.desired = 6;
    let pinned = stage.now.at;
    assert_eq!(stage.say(Action::RetireNow { superseded_by: None }), Ok(Handled::Accepted));
    stage.pass(HOUR);
    let retired = stage.entries.iter().find(|entry| entry.fact == Fact::Moved(Move::Retire));
    let waited = retired.unwrap().at.since(pinned);
    assert!(waited >= Duration::from_secs(120), "{waited:?}");
}

/// How often a write of the removal is tried that fails in this way, and the rollout then.
fn tried(mut stage: Stage, kind: ErrorKind, like: impl Fn(&Write) -> bool) -> (usize, Stage) {
    let begun = |stage: &Stage| stage.begun().filter(|write| like(write)).count();
    let mut failed = 0;
    while begun(&stage) > failed {
        let id = stage.orders.last().unwrap().id;
        stage.fail(id, kind);
        failed += 1;
        assert!(failed < 10, "it is tried for ever");
        stage.pass(Duration::from_secs(30));
    }
    stage.applies = true;
    // What the rollout goes on with.
    let last = stage.orders.last().unwrap();
    if !like(&last.write) {
        stage.end(last.id, OutcomeClass::Applied);
    }
    (failed, stage)
}

#[test]
fn a_removal_that_fails_is_tried_again_where_that_may_help_and_blue_is_left() {
    for (kind, times) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Throttled, 3)] {
        let stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
        let (failed, mut stage) = tried(stage, kind, |write| is_removal(&write));
        assert_eq!((failed, stage.phase()), (times, PhaseName::Watching), "{kind:?}");
        stage.pass(HOUR);
        assert_eq!(stage.begun().filter(is_removal).count(), times, "{kind:?}");
    }
}

#[test]
fn a_backup_that_fails_is_tried_again_where_that_may_help_and_blue_is_kept() {
    let plan = plan_with(|body| {
        body.retire.backup = Some("snapshot".parse().unwrap());
        body.timing = calm();
    });
    for (kind, times) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Throttled, 3)] {
        let mut stage = Stage::of(&phase_of(&plan, "retaining"), Split::ALL_GREEN);
        stage.pass(71 * HOUR);
        stage.applies = false;
        stage.pass(HOUR);
        let is_backup = |write: &Write| matches!(write, Write::RunHook { .. });
        let (failed, mut stage) = tried(stage, kind, is_backup);
        assert_eq!((failed, stage.pages_about("retire-blocked")), (times, 1), "{kind:?}");
        stage.pass(23 * HOUR);
        assert_eq!(stage.phase(), PhaseName::Retaining, "{kind:?}");
        stage.pass(2 * HOUR);
        assert_eq!(stage.phase(), PhaseName::Watching, "{kind:?}");
        assert_eq!(stage.begun().filter(is_removal).count(), 0, "{kind:?}");
    }
}

#[test]
fn a_removal_that_was_frozen_is_over_at_once() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    let removal = stage.orders.last().unwrap().id;
    assert_eq!(stage.say(Action::Abort), Ok(Handled::NoLongerPossible));
    stage.applies = true;
    stage.end(removal, OutcomeClass::NotApplied);
    assert_eq!(stage.phase(), PhaseName::Watching);
}

/// A balancer that answers now this, now that: each removal looks once more, and ends unsent at once.
#[test]
fn a_removal_that_is_not_even_sent_is_not_begun_anew_at_once() {
    let mut stage = Stage::set(&phase("retiring"), Split::ALL_GREEN, |stage| stage.applies = false);
    for begun in 1..=4 {
        let removals = stage.begun().filter(is_removal).count();
        assert_eq!(removals, begun);
        let outcome = ended(stage.orders.last().unwrap().id, OutcomeClass::NotApplied);
        stage.ended(Outcome { attempts: 0, ..outcome });
        stage.pass(Duration::from_secs(29));
        assert_eq!(stage.begun().filter(is_removal).count(), begun);
        stage.pass(Duration::from_secs(2));
    }
    assert_eq!(stage.phase(), PhaseName::Retiring, "none of them counts as tried");
}
