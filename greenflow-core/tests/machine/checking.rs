//! Only what ran and passed is a pass.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::{PhaseName, Read};
use greenflow_core::plan::CheckSpec;
use greenflow_core::provider::{CheckOutcome, ErrorKind};
use greenflow_core::value::{Side, Split};

use super::journal::{calm, now, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// A suite that passes as a whole, beside what it reports of its cases.
fn verified(cases: &[(&str, CheckOutcome)]) -> PhaseName {
    let plan = plan_with(|body| body.verify.suites[0].cases = vec!["login".to_owned()]);
    let mut stage = Stage::set(&phase_of(&plan, "verifying"), Split::ALL_BLUE, |stage| {
        stage.cases = cases.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect();
    });
    stage.pass(MINUTE);
    stage.phase()
}

#[test]
fn a_suite_passes_with_every_case_that_the_plan_names() {
    let (login, other) = (("login", CheckOutcome::Passed), ("logout", CheckOutcome::Passed));
    assert_eq!(verified(&[login, other]), PhaseName::AwaitingApproval);
    for cases in [vec![], vec![other], vec![("login", CheckOutcome::Failed), other]] {
        let phase = verified(&cases);
        assert!(
            matches!(phase, PhaseName::RollingBack | PhaseName::RolledBack),
            "{cases:?}: {phase}"
        );
    }
}

fn check(name: &str) -> CheckSpec {
    CheckSpec { name: name.parse().unwrap(), cases: vec![], deadline: MINUTE }
}

#[test]
fn suites_run_one_after_another_and_final_checks_at_once() {
    let two = || vec![check("one"), check("other")];
    let plan = plan_with(|body| (body.verify.suites, body.confirm.checks) = (two(), two()));
    for (label, split, at_once) in
        [("verifying", Split::ALL_BLUE, 1), ("confirming", Split::ALL_GREEN, 2)]
    {
        let mut stage = Stage::set(&phase_of(&plan, label), split, |stage| stage.checks = false);
        stage.pass(MINUTE);
        assert_eq!(stage.checks_under_way(), at_once, "{label}");
    }
}

/// A final check that failed is run once more, a suite is not.
#[test]
fn a_final_check_may_fail_once_and_a_suite_may_not() {
    let plan = plan_with(|body| body.confirm.checks = vec![check("site")]);
    for (label, split, again) in
        [("verifying", Split::ALL_BLUE, false), ("confirming", Split::ALL_GREEN, true)]
    {
        let mut stage = Stage::set(&phase_of(&plan, label), split, |stage| {
            stage.checks = false;
            stage.outcome = CheckOutcome::Failed;
        });
        stage.end_checks();
        stage.outcome = CheckOutcome::Passed;
        stage.pass(MINUTE);
        assert_eq!(stage.checks_under_way(), usize::from(again), "{label}");
        let goes_back = matches!(stage.phase(), PhaseName::RollingBack | PhaseName::RolledBack);
        assert_eq!(goes_back, !again, "{label}: {}", stage.phase());
    }
}

/// Where trying again cannot help it is not tried again.
#[test]
fn a_suite_that_could_not_be_run_is_tried_again_where_that_may_help() {
    for (kind, tries) in [(ErrorKind::PermissionDenied, 1), (ErrorKind::Unavailable, 3)] {
        let plan = plan_with(|_| {});
        let mut stage = Stage::set(&phase_of(&plan, "verifying"), Split::ALL_BLUE, |stage| {
            stage.no_checks = Some(kind);
        });
        stage.pass(MINUTE);
        assert_eq!(stage.asked(|read| matches!(read, Read::Check { .. })), tries, "{kind:?}");
        assert!(matches!(stage.phase(), PhaseName::RollingBack | PhaseName::RolledBack));
    }
}

/// What passed before green was there says nothing of the suites.
#[test]
fn green_is_verified_at_its_time_whatever_was_checked_before() {
    let later = now(0).wall.after(30 * HOUR);
    let plan = plan_with(|body| {
        body.checklists.clear();
        body.preflight.checks = vec![check("dns")];
        body.verify.not_before = Some(later);
    });
    let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
    stage.pass(25 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Verifying);
    stage.pass(5 * HOUR + MINUTE);
    assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
}

#[test]
fn blue_is_kept_and_people_are_paged_when_the_last_check_fails() {
    let plan = plan_with(|body| {
        body.retire.checks = vec![check("backup-restores")];
        body.timing = calm();
    });
    let mut stage = Stage::set(&phase_of(&plan, "retaining"), Split::ALL_GREEN, |stage| {
        stage.outcome = CheckOutcome::Failed;
    });
    stage.pass(73 * HOUR);
    let is_removal = |write: &&Write| matches!(write, Write::Remove { side: Side::Blue, .. });
    assert_eq!((stage.phase(), stage.pages_about("retire-blocked")), (PhaseName::Retaining, 1));
    stage.pass(24 * HOUR);
    assert_eq!(stage.phase(), PhaseName::Watching, "nobody has mended it for a day");
    assert_eq!(stage.begun().filter(is_removal).count(), 0);
}

fn asked(stage: &Stage) -> usize {
    stage.asked(|read| matches!(read, Read::Check { .. }))
}

/// What was wrong for a moment may be over after one, and a check may be anything but cheap.
#[test]
fn there_is_a_pause_before_a_check_is_run_again() {
    let plan = plan_with(|body| body.confirm.checks = vec![check("site")]);
    for (label, split) in [("verifying", Split::ALL_BLUE), ("confirming", Split::ALL_GREEN)] {
        let mut stage = Stage::set(&phase_of(&plan, label), split, |stage| {
            stage.no_checks = Some(ErrorKind::Unavailable);
        });
        for times in 1..=3 {
            assert_eq!(asked(&stage), times, "{label}");
            stage.pass(Duration::from_secs(9));
            assert_eq!(asked(&stage), times, "{label}");
            stage.pass(Duration::from_secs(1));
        }
    }
    let confirming = phase_of(&plan, "confirming");
    let mut stage = Stage::set(&confirming, Split::ALL_GREEN, |stage| {
        stage.outcome = CheckOutcome::Failed;
    });
    stage.pass(Duration::from_secs(9));
    assert_eq!((asked(&stage), stage.phase()), (1, PhaseName::Confirming));
    stage.pass(Duration::from_secs(1));
    assert_eq!((asked(&stage), stage.phase()), (2, PhaseName::RollingBack));
}

/// A suite runs against green alone; a final check against whatever serves everybody.
#[test]
fn a_suite_that_measured_another_revision_proves_nothing() {
    let plan = plan_with(|body| body.confirm.checks = vec![check("site")]);
    for (label, split, passed) in
        [("verifying", Split::ALL_BLUE, false), ("confirming", Split::ALL_GREEN, true)]
    {
        let mut stage = Stage::set(&phase_of(&plan, label), split, |stage| {
            stage.reached = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
        });
        stage.pass(MINUTE);
        let goes_back = matches!(stage.phase(), PhaseName::RollingBack | PhaseName::RolledBack);
        assert_eq!(goes_back, !passed, "{label}: {}", stage.phase());
    }
}
