//! What people say counts once, and is not kept without end.

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::plan::Role;
use greenflow_core::value::Split;

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

#[test]
fn whoever_has_acknowledged_is_not_written_down_again() {
    let plan = plan_with(|body| {
        let qa = Role { role: "qa".parse().unwrap(), ..body.people.roles[0].clone() };
        body.confirm.acknowledge.push(qa.role.clone());
        body.people.roles.push(qa);
    });
    let mut stage = Stage::of(&phase_of(&plan, "confirming"), Split::ALL_GREEN);
    assert_eq!(stage.say(Action::Acknowledge), Ok(Handled::Accepted));
    let facts = stage.entries.len();
    assert_eq!(stage.say(Action::Acknowledge), Ok(Handled::Ignored));
    assert_eq!((stage.entries.len(), stage.phase()), (facts, PhaseName::Confirming));
}

/// The record stays readable whatever somebody does all night; they are still paged each time.
#[test]
fn so_many_issues_are_kept_and_no_more() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    for number in 0..80 {
        let why = format!("reason {number}");
        assert_eq!(stage.say_because(Action::Pause, &why), Ok(Handled::Accepted));
        assert_eq!(stage.say(Action::Resume), Ok(Handled::Accepted));
    }
    let is_issue = |entry: &&Entry| matches!(entry.fact, Fact::IssueNoted { .. });
    assert_eq!(stage.entries.iter().filter(is_issue).count(), 64);
    assert_eq!(stage.pages_about("held/paused"), 80);
}
