//! What people say counts once.

use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::plan::Role;
use greenflow_core::value::Split;

use super::journal::{phase_of, plan_with};
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
