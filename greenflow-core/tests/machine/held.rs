//! A hold hides nothing.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, Write};
use greenflow_core::machine::{Action, Handled, Input, Output, PhaseName, Read, Reading};
use greenflow_core::plan::{CriticalPolicy, Limit, OtherwisePolicy, Plan, WaitPolicy};
use greenflow_core::provider::{ErrorKind, ObservedSplit};
use greenflow_core::value::{Severity, Split};

use super::journal::{drain, lead, now, percent, phase, phase_of, plan};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A hold at 10 % in which another hand has sent half of the traffic to green.
fn drifted() -> Stage {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.split = percent(50);
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage
}

#[test]
fn a_drift_that_lasts_hides_no_breach() {
    let mut stage = drifted();
    stage.pass(MINUTE);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

#[test]
fn a_drift_that_lasts_hides_no_green_without_targets() {
    let mut stage = drifted();
    stage.pass(MINUTE);
    stage.sides.green.healthy = 0;
    stage.pass(MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

/// Nothing is known of a green that another hand has left without requests, and nothing need be.
#[test]
fn a_drift_that_leaves_green_without_requests_waits_for_people() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.split = Split::ALL_BLUE;
    while stage.phase() != PhaseName::Stuck {
        stage.pass(MINUTE);
        assert_ne!(stage.phase(), PhaseName::RollingBack);
    }
}

#[test]
fn a_pause_that_is_paged_for_another_hand_hides_no_breach() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.split = percent(50);
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("drift-while-held"), 1);
    assert_eq!(stage.pages_about("held/drift"), 0);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

/// A pause is a reason of its own to stop, beside the one for which the rollout is held.
#[test]
fn a_pause_in_a_hold_that_ends_by_itself_keeps_it_held() {
    let mut stage = drifted();
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.split = percent(10);
    stage.pass(20 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held, "also after the hold would have run out");
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Ignored), "it is paused already");
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    assert_eq!(stage.phase(), PhaseName::Shifting);
}

/// A breach while blue is overloaded: there is no safe side.
fn between_two_evils() -> Stage {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.target_capacity_per_kilosecond = Some(10_000);
    stage.pass(MINUTE);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    assert!(stage.pages_about("no_safe_side") > 0);
    stage
}

#[test]
fn whoever_takes_over_measures_before_blue_counts_as_fit() {
    let mut stage = between_two_evils();
    stage.taken_over_after(Duration::from_secs(20));
    assert_eq!(stage.phase(), PhaseName::Held);
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held, "it is overloaded still");
    stage.sides.blue.target_capacity_per_kilosecond = Some(1_000_000);
    stage.pass(MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

/// A pause that is forgotten ends in a way back; a release that has served for days needs none.
#[test]
fn a_retention_is_not_paused_in_a_hold_either() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.split = percent(90);
    while stage.phase() != PhaseName::Held {
        stage.pass(MINUTE);
    }
    assert!(stage.say(Action::Pause).is_err());
}

/// A critical breach that people are asked about.
fn undecided() -> Stage {
    let mut body = plan().body().clone();
    body.shift.analysis.limits = vec![Limit::error_rate_percent(1).severity(Severity::Critical)];
    let policy = WaitPolicy::new(60 * MINUTE, OtherwisePolicy::RollBack);
    body.faults.critical = CriticalPolicy::Decide(policy);
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
    stage.errors = 50;
    stage.pass(3 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage
}

#[test]
fn whoever_says_to_go_on_is_not_asked_again_for_what_was_known() {
    let mut stage = undecided();
    stage.errors = 0;
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    stage.pass(10 * MINUTE);
    assert_eq!(stage.pages_about("held/undecided"), 1);
    assert_ne!(stage.phase(), PhaseName::Held);
}

#[test]
fn whoever_says_to_go_on_is_asked_again_when_it_is_measured_again() {
    let mut stage = undecided();
    assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    assert_eq!(stage.phase(), PhaseName::Shifting);
    stage.pass(3 * MINUTE);
    assert_eq!((stage.phase(), stage.pages_about("held/undecided")), (PhaseName::Held, 2));
}

/// The first bad sample is followed by none: a source that says nothing clears nobody.
#[test]
fn a_bad_sample_without_a_verdict_in_time_leads_back() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.errors = 50;
    while stage.phase() != PhaseName::Assessing {
        stage.pass(Duration::from_secs(1));
    }
    stage.metrics_behind = Duration::from_hours(1);
    let assess_within = plan().body().faults.assess_within;
    stage.pass(assess_within + Duration::from_secs(1));
    assert_eq!(stage.phase(), PhaseName::RollingBack);
}

#[test]
fn whoever_owns_rollbacks_is_paged_for_a_hold() {
    let stage = undecided();
    let pages = stage.pages();
    assert!(pages.iter().any(|key| key.ends_with("/lead")), "{pages:?}");
    let owner = stage.entries.iter().rev().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::Hold { owner, .. }) => owner.clone(),
        _ => None,
    });
    assert_eq!(owner, Some(lead()));
}

#[test]
fn the_way_back_knows_since_when_it_was_bad() {
    let mut stage = undecided();
    let bad = stage.now.at;
    stage.pass(61 * MINUTE);
    let since = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::RollBack(reason)) => reason.breach_at,
        _ => None,
    });
    assert!(since.is_some_and(|since| since <= bad), "{since:?}");
}

/// One reading may be stale.
#[test]
fn one_reading_of_another_split_pages_nobody_in_a_pause() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.pass(MINUTE);
    stage.split = percent(50);
    stage.pass(Duration::from_secs(10));
    stage.split = percent(10);
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("drift-while-held"), 0);
}

#[test]
fn two_readings_of_another_split_page_at_once() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.pass(MINUTE);
    stage.split = percent(50);
    stage.pass(Duration::from_secs(20));
    assert_eq!(stage.pages_about("drift-while-held"), 1);
}

/// An answer is as old as its question, and the balancer may be slow.
#[test]
fn two_slow_readings_of_another_split_page_too() {
    let journal = phase("held");
    let mut machine = journal.begun();
    let begun = journal.entries.len() as u64 + 1;
    let seen = ObservedSplit::single("route".parse().unwrap(), percent(50));
    let answer = Input::ReadEnded { read: Read::Split, result: Ok(Reading::Split(seen)) };
    let mut outputs = Vec::new();
    for (seconds, input) in [(4, answer.clone()), (10, Input::Tick), (14, answer)] {
        assert_eq!(machine.handle_input(now(begun + seconds), input), Ok(Handled::Accepted));
        outputs = drain(&mut machine);
    }
    let is_page = |output: &Output| match output {
        Output::Notify(notice) => notice.key.0.contains("drift-while-held"),
        _ => false,
    };
    assert!(outputs.iter().any(is_page), "{outputs:?}");
}

/// What gets requests and is not measured may harm them.
#[test]
fn a_drift_that_leaves_green_with_requests_and_nothing_known_leads_back() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.split = percent(50);
    stage.failing = |read| matches!(read, Read::Sample { .. });
    stage.pass(5 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

/// The first step was refused; then another hand took all traffic off a blue that went down.
#[test]
fn whoever_gives_up_a_hold_beside_another_hand_does_not_cut_to_a_dead_blue() {
    let raising = phase("shifting (raising)");
    let mut stage = Stage::set(&raising, Split::ALL_BLUE, |stage| stage.applies = false);
    let raise = stage.orders.last().unwrap().id;
    stage.fail(raise, ErrorKind::PermissionDenied);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage.pass(2 * MINUTE);
    (stage.split, stage.sides.blue.healthy) = (Split::ALL_GREEN, 0);
    stage.pass(MINUTE);
    assert_eq!(stage.pages_about("drift-while-held"), 1);
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    assert!(!stage.begun().any(Write::is_cut));
    assert_eq!(stage.pages_about("rollback-blocked"), 1);
}

#[test]
fn targets_that_are_there_again_end_the_hold_that_they_caused() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.sides.blue.desired = 5;
    stage.pass(2 * MINUTE);
    assert_eq!((stage.phase(), stage.pages_about("held/rescaled")), (PhaseName::Held, 1));
    stage.pass(2 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    stage.sides.blue.desired = 6;
    stage.pass(Duration::from_secs(20));
    assert_eq!(stage.phase(), PhaseName::Shifting);
}

/// The last that was read of blue counts until it is read again.
#[test]
fn a_blue_that_was_down_is_not_fit_because_nobody_can_see_it() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    (stage.sides.blue.healthy, stage.errors) = (0, 50);
    stage.pass(2 * MINUTE);
    assert_eq!((stage.phase(), stage.pages_about("held/no_safe_side")), (PhaseName::Held, 1));
    stage.failing = |read| matches!(read, Read::Sides);
    stage.pass(2 * MINUTE);
    assert!(!stage.begun().any(Write::is_cut));
}

#[test]
fn a_pause_that_is_forgotten_leads_back_for_no_breach() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    let within = plan().body().faults.pause.within;
    stage.pass(within);
    let back = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::RollBack(reason)) => Some((entry.at, reason.breach_at)),
        _ => None,
    });
    assert_eq!(back, Some((stage.now.at, None)));
}
