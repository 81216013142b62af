//! A check passes on a positive measurement of what is under test, and on nothing else.

use greenflow_core::fact::{Fact, RollbackKind, Scope};
use greenflow_core::machine::Ended;
use greenflow_core::plan::{Analysis, Limit};
use greenflow_core::provider::CheckOutcome;
use greenflow_core::value::{CheckName, Side, Verdict};
use greenflow_mock::faults::{Fault, FaultKind};
use greenflow_mock::script::Says;
use greenflow_mock::world::{AnswerChange, Change, CheckBehaviour, CheckEnd, MetricsBehaviour};
use greenflow_mock::{Operation, WorldSpec};

use super::run::{
    Run, carry_out, green_at, lead, mins, plan, run, saying, secs, seed_plan, world_file,
};

/// The suite stopped the rollout before green had any traffic.
#[track_caller]
fn stopped_by_the_suite(run: &Run, outcome: CheckOutcome) {
    assert_eq!(run.ended, Ended::RolledBack);
    assert_eq!(run.went_back().0.kind, RollbackKind::VerifyFailed);
    assert!(run.most_on_green() < f64::EPSILON);
    let ended = |fact: &Fact| matches!(fact, Fact::CheckEnded(end) if end.outcome == outcome);
    assert!(run.when(ended).is_some(), "{:?}", run.entries);
}

fn suite_that(change: impl FnOnce(&mut CheckBehaviour)) -> WorldSpec {
    let mut behaviour = CheckBehaviour::default();
    change(&mut behaviour);
    let mut spec = WorldSpec::healthy();
    spec.checks.push((CheckName::new("e2e").unwrap(), behaviour));
    spec
}

#[test]
fn k17_limits_that_can_never_fail_are_no_plan() {
    let never = Analysis::every(secs(30)).consecutive(20);
    let error = plan().shift_analysis(never).build().unwrap_err().to_string();
    assert!(error.contains("is too short for 20 bad samples in a row"), "{error}");
    let whole = plan().limit(Limit::error_rate_percent(101)).build().unwrap_err().to_string();
    assert!(whole.contains("can never fire"), "{whole}");
}

#[test]
fn k18_a_suite_that_never_ran_did_not_pass() {
    let run = carry_out(seed_plan(), world_file("suite-never-ran"));
    stopped_by_the_suite(&run, CheckOutcome::NotRun);
}

#[test]
fn k19_an_answer_that_says_nothing_did_not_pass() {
    let nonsense = Fault::new(FaultKind::Malformed).on(Operation::Check);
    let run = run(plan(), WorldSpec::healthy().with_fault(nonsense));
    stopped_by_the_suite(&run, CheckOutcome::NotRun);
}

#[test]
fn k19_a_suite_that_ends_inconclusive_did_not_pass() {
    let run =
        run(plan(), suite_that(|suite| suite.ends = CheckEnd::With(CheckOutcome::Inconclusive)));
    stopped_by_the_suite(&run, CheckOutcome::Inconclusive);
}

#[test]
fn k20_no_data_and_no_number_are_unknown_and_never_healthy() {
    for behaviour in [
        MetricsBehaviour::Missing,
        MetricsBehaviour::NotANumber(Side::Green),
        MetricsBehaviour::Empty,
        MetricsBehaviour::Nonsense,
    ] {
        let change = Change::Answer(AnswerChange::Metrics(behaviour));
        let run = run(plan(), WorldSpec::healthy().with_change(green_at(10), change));
        assert_eq!(run.ended, Ended::RolledBack, "{behaviour:?}");
        assert!(run.most_on_green() < 0.11, "{behaviour:?}");
        let healthy = |fact: &Fact| matches!(fact, Fact::Judged(said) if said.scope == Scope::Shift && said.verdict == Verdict::Healthy);
        assert_eq!(run.when(healthy), None, "{behaviour:?}");
    }
}

#[test]
fn k21_a_watch_that_was_interrupted_has_not_passed() {
    let pause = green_at(50).later(mins(2));
    let spec = saying(WorldSpec::healthy(), lead(pause, Says::Pause));
    let run = run(plan(), saying(spec, lead(pause.later(mins(20)), Says::Resume)));
    assert_eq!(run.ended, Ended::Completed);
    let resumed =
        run.when(|fact| matches!(fact, Fact::Commanded(said) if said.action.name() == "resume"));
    // The hold goes on where it was left: the pause is no part of it.
    let whole = run.moments.iter().find(|moment| moment.green_share > 0.9).unwrap().wall;
    let rest = whole.since(resumed.unwrap());
    assert!(rest >= mins(5), "{rest:?}");
    let before = run.entries.iter().rfind(|entry| {
        entry.wall < whole
            && matches!(&entry.fact, Fact::Judged(said) if said.scope == Scope::Shift)
    });
    let Fact::Judged(last) = &before.unwrap().fact else { unreachable!() };
    assert_eq!(last.verdict, Verdict::Healthy);
    assert!(last.until > resumed.unwrap());
}

#[test]
fn k22_a_hold_that_ends_without_an_answer_leads_nowhere() {
    let gone = Change::Answer(AnswerChange::Metrics(MetricsBehaviour::Missing));
    let patient = Analysis::every(secs(30)).unknown_budget(mins(60));
    let spec = WorldSpec::healthy().with_change(green_at(50).later(mins(5)), gone);
    let run = run(plan().shift_analysis(patient), spec);
    assert_eq!(run.ended, Ended::RolledBack);
    assert!(run.most_on_green() < 0.51, "{}", run.most_on_green());
}

#[test]
fn k23_a_check_that_saw_another_version_does_not_count() {
    let blue = WorldSpec::healthy().blue_digest;
    let run = run(plan(), suite_that(|suite| suite.seen = Some(blue)));
    assert_eq!(run.ended, Ended::RolledBack);
    assert_eq!(run.went_back().0.kind, RollbackKind::VerifyFailed);
    assert!(run.most_on_green() < f64::EPSILON);
}

#[test]
fn k31_a_green_that_runs_something_else_is_not_gone_on_with() {
    let run = carry_out(seed_plan(), world_file("wrong-image"));
    assert_eq!(run.ended, Ended::RolledBack);
    assert_eq!(run.went_back().0.kind, RollbackKind::GreenUnfit);
    assert!(run.most_on_green() < 0.11);
}
