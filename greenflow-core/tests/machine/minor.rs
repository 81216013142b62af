//! A breach that is known to be minor is watched, and hides no worse one.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::value::Severity;

use super::journal::{percent, phase_of, plan};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A hold at 10 % in which one request in twenty fails, which is minor.
fn known() -> Stage {
    let mut body = plan().body().clone();
    body.shift.analysis.limits =
        vec![Limit::error_rate_percent(1).severity(Severity::Minor), Limit::error_rate_percent(10)];
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
    stage.errors = 5;
    stage.pass(2 * MINUTE);
    assert_eq!((stage.phase(), assessments(&stage)), (PhaseName::Shifting, 1));
    stage
}

fn assessments(stage: &Stage) -> usize {
    let facts = stage.entries.iter();
    facts.filter(|entry| matches!(entry.fact, Fact::Moved(Move::Assess { .. }))).count()
}

#[test]
fn it_is_assessed_once_and_no_step_is_taken_beside_it() {
    let mut stage = known();
    stage.pass(10 * MINUTE);
    assert_eq!((stage.phase(), assessments(&stage)), (PhaseName::Shifting, 1));
    stage.errors = 0;
    stage.pass(5 * MINUTE);
    assert_ne!(stage.phase(), PhaseName::Shifting, "the step is taken once it has gone");
}

#[test]
fn a_worse_one_beside_it_leads_back() {
    let mut stage = known();
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}
