//! A breach that is known to be minor is watched, and hides no worse one.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::value::Severity;

use super::journal::{percent, phase_of, plan};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A hold at 10 %, whose plan takes one failed request in a hundred for minor.
fn held() -> Stage {
    let mut body = plan().body().clone();
    body.shift.analysis.limits =
        vec![Limit::error_rate_percent(1).severity(Severity::Minor), Limit::error_rate_percent(10)];
    let plan = Plan::from_body(body).unwrap();
    Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10))
}

/// The same, in which one request in twenty fails.
fn known() -> Stage {
    let mut stage = held();
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

#[test]
fn a_worse_one_that_comes_with_it_is_measured_again_before_it_is_cleared() {
    let mut stage = held();
    stage.errors = 5;
    for _ in 0..60 {
        if stage.phase() == PhaseName::Shifting {
            stage.pass(Duration::from_secs(1));
        }
    }
    assert_eq!(stage.phase(), PhaseName::Assessing);
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    let cleared = |entry: &Entry| matches!(entry.fact, Fact::Moved(Move::Clear { .. }));
    assert!(!stage.entries.iter().any(cleared));
    assert!(stage.begun().any(Write::is_cut));
}

#[test]
fn it_does_not_end_a_pause() {
    let mut stage = held();
    assert_eq!(stage.say(Action::Pause), Ok(Handled::Accepted));
    stage.errors = 5;
    stage.pass(10 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Held);
    assert!(!stage.begun().any(Write::is_cut));
}
