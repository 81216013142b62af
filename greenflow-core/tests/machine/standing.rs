//! What a rollout tells of itself at any time.

use std::time::Duration;

use greenflow_core::fact::{Move, StuckReason};
use greenflow_core::machine::phases::Phase;
use greenflow_core::machine::{Ended, Input, PhaseName, Read};
use greenflow_core::provider::{ErrorKind, FailureRecord};
use greenflow_core::value::{Commanded, ReadBack, Split, TrafficObserved};

use super::journal::{
    Journal, digest, drain, now, percent, phase, phase_of, phases, plan, plan_with,
};
use super::stage::Stage;

/// How a run in this phase has ended, if it has.
const fn outcome(phase: PhaseName) -> Option<Ended> {
    match phase {
        PhaseName::Completed => Some(Ended::Completed),
        PhaseName::RolledBack => Some(Ended::RolledBack),
        PhaseName::Refused => Some(Ended::Refused),
        PhaseName::Stuck => Some(Ended::Stuck),
        _ => None,
    }
}

#[test]
fn each_phase_tells_how_the_rollout_stands() {
    for (label, journal) in phases() {
        let machine = journal.machine();
        let phase = machine.phase_name();
        assert_eq!(machine.outcome(), outcome(phase), "{label}");
        let back = matches!(phase, PhaseName::RollingBack | PhaseName::RolledBack);
        assert_eq!(machine.goes_back(), back, "{label}");
        // Blue is gone once the long watch begins: another rollout may take both sides.
        let ended =
            matches!(phase, PhaseName::Completed | PhaseName::RolledBack | PhaseName::Refused);
        let standing = machine.standing();
        let locks = !ended && phase != PhaseName::Watching;
        assert_eq!((standing.ended, standing.locks_service), (ended, locks), "{label}");
        let last = journal.entries.last().unwrap();
        assert_eq!((machine.head(), machine.last_at()), (last.sequence, last.at), "{label}");
        let state = machine.state();
        assert_eq!((state.head(), state.at()), (last.sequence, last.at), "{label}");
        assert!(!machine.journal_is_lost(), "{label}");
    }
}

#[test]
fn a_way_back_that_is_stuck_is_still_one() {
    let reason = StuckReason { what: "a test".to_owned(), remedy: "nothing".to_owned() };
    let stuck = phase("rolling_back (cutting)").go(Move::Stick(reason));
    assert!(stuck.machine().goes_back());
}

#[test]
fn what_is_known_of_the_split_is_told_in_its_three_grades() {
    let (ten, all) = (Some(percent(10)), Some(Split::ALL_GREEN));
    for (label, known, expected) in [
        ("provisioning", (None, None, None), Split::ALL_BLUE),
        ("shifting (raising)", (None, None, None), Split::ALL_BLUE),
        ("shifting (observing)", (ten, ten, None), percent(10)),
        ("shifting (holding)", (ten, ten, ten), percent(10)),
        ("baking", (all, all, all), Split::ALL_GREEN),
        (
            "rolling_back (cut)",
            (Some(Split::ALL_BLUE), Some(Split::ALL_BLUE), ten),
            Split::ALL_BLUE,
        ),
    ] {
        let machine = phase(label).machine();
        let traffic = machine.state().traffic();
        let grades = (
            traffic.commanded().map(Commanded::split),
            traffic.read_back().map(ReadBack::split),
            traffic.observed().map(TrafficObserved::split),
        );
        assert_eq!(grades, known, "{label}");
        assert_eq!(traffic.expected(), expected, "{label}");
        assert_eq!(traffic.on_green(), expected != Split::ALL_BLUE, "{label}");
        let status = machine.status();
        assert_eq!((status.commanded, status.read_back, status.observed), known, "{label}");
    }
}

#[test]
fn a_step_tells_which_it_is() {
    for (journal, which) in [
        (phase("shifting (holding)"), 0),
        (phase("shifting (holding)").go(Move::Shift { step: 1 }), 1),
    ] {
        let machine = journal.machine();
        let Phase::Shifting(step) = machine.state().phase() else { panic!("not shifting") };
        assert_eq!(step.step(), which);
    }
}

#[test]
fn what_an_approval_must_name_is_told_while_one_is_asked_for() {
    for (label, journal) in phases() {
        let target = journal.machine().status().approval;
        assert_eq!(target.is_some(), label == "awaiting_approval", "{label}");
        let Some(target) = target else { continue };
        assert_eq!((target.rollout.as_str(), target.step), ("r-1", 0));
        assert_eq!((&target.plan, target.digest), (plan().hash(), digest()));
    }
}

#[test]
fn an_absence_counts_for_an_hour_and_of_a_question_to_people_whole() {
    let hour = Duration::from_secs(3600);
    for (expires, most) in [(hour / 2, hour), (10 * hour, 10 * hour)] {
        let plan = plan_with(|body| body.approval.as_mut().unwrap().expires_after = expires);
        let asked = phase_of(&plan, "awaiting_approval").machine();
        assert_eq!(asked.idle_max(), most);
        assert_eq!(phase_of(&plan, "retaining").machine().idle_max(), hour);
    }
}

#[test]
fn what_it_waits_for_is_told_in_words() {
    for (label, words) in [
        ("shifting (holding)", "the end of the shift hold of 5m"),
        ("baking", "the end of the bake hold of 30m"),
        ("awaiting_approval", "approval by lead"),
        ("completed", "nothing"),
    ] {
        assert_eq!(phase(label).begun().status().waits_for, words, "{label}");
    }
    let mut watching = Stage::of(&phase("watching"), Split::ALL_GREEN);
    watching.pass(Duration::from_secs(60));
    assert_eq!(watching.machine().status().waits_for, "the next look, 30m after the last");
    let idle = phase("watching").machine();
    assert_eq!(idle.status().waits_for, "the controller to begin");
}

#[test]
fn why_something_could_not_be_read_is_told() {
    let journal = phase("preflight");
    let mut machine = journal.begun();
    for (read, message) in [(Read::Split, "no such balancer"), (Read::Sides, "no such group")] {
        let failure = FailureRecord {
            kind: ErrorKind::NotFound,
            operation: "read".to_owned(),
            message: message.to_owned(),
        };
        let at = now(journal.entries.len() as u64 + 1);
        let _ = machine.handle_input(at, Input::ReadEnded { read, result: Err(failure) }).unwrap();
        drain(&mut machine);
        let words = machine.status().waits_for;
        assert!(words.contains(message), "{words}");
    }
}

/// Two machines are the same only if everything of them is.
#[test]
fn rollouts_that_differ_in_their_plan_alone_are_not_the_same() {
    let machine = Journal::start().machine();
    assert!(machine == Journal::start().machine());
    let other = plan_with(|body| body.retire.remove_blue = false);
    assert!(machine != Journal::of(&other).machine());
}
