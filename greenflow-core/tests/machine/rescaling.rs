//! The numbers of targets that were set are kept against other hands.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::PhaseName;

use super::journal::{percent, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

fn pins(stage: &Stage) -> usize {
    stage.begun().filter(|write| matches!(write, Write::PinBlue { minimum: Some(_) })).count()
}

/// Unless the plan says that blue need not be whole.
#[test]
fn a_blue_that_loses_targets_to_another_hand_is_given_them_back() {
    for (dangerous, begun) in [(false, 2), (true, 1)] {
        let plan = plan_with(|body| body.start.dangerous_start_with_unhealthy_blue = dangerous);
        let mut stage = Stage::of(&phase_of(&plan, "shifting (holding)"), percent(10));
        stage.pass(MINUTE);
        stage.sides.blue.desired = 5;
        stage.pass(MINUTE / 3);
        stage.sides.blue.desired = 6;
        stage.pass(MINUTE);
        assert_eq!((stage.phase(), pins(&stage)), (PhaseName::Shifting, begun), "{dangerous}");
    }
}
