//! Only what ran and passed is a pass.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::{CheckSpec, Plan, PlanBody};
use greenflow_core::provider::CheckOutcome;
use greenflow_core::value::{Side, Split};

use super::journal::{phase_of, plan};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

fn plan_with(change: impl FnOnce(&mut PlanBody)) -> Plan {
    let mut body = plan().body().clone();
    change(&mut body);
    Plan::from_body(body).unwrap()
}

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

#[test]
fn blue_is_kept_and_people_are_paged_when_the_last_check_fails() {
    let check =
        CheckSpec { name: "backup-restores".parse().unwrap(), cases: vec![], deadline: MINUTE };
    let plan = plan_with(|body| body.retire.checks = vec![check]);
    let mut stage = Stage::set(&phase_of(&plan, "retaining"), Split::ALL_GREEN, |stage| {
        stage.outcome = CheckOutcome::Failed;
    });
    stage.pass(73 * HOUR);
    let is_removal = |write: &&Write| matches!(write, Write::Remove { side: Side::Blue, .. });
    assert_eq!(stage.begun().filter(is_removal).count(), 0);
    assert_eq!(stage.pages_about("retire-blocked"), 1);
}
