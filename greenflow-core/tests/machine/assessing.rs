//! A bad sample is measured again; a release whose samples are bad again and again is no good one.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::Split;

use super::journal::phase;
use super::stage::Stage;

/// So many of a hundred requests on green fail from now on. Where that leads.
fn leads_to(stage: &mut Stage, errors: u64) -> PhaseName {
    stage.errors = errors;
    let before = stage.phase();
    for _ in 0..120 {
        if stage.phase() == before {
            stage.pass(Duration::from_secs(1));
        }
    }
    stage.phase()
}

#[test]
fn what_is_bad_for_the_fourth_time_is_not_assessed_any_more() {
    let mut stage = Stage::of(&phase("baking"), Split::ALL_GREEN);
    for _ in 0..3 {
        assert_eq!(leads_to(&mut stage, 50), PhaseName::Assessing);
        assert_eq!(leads_to(&mut stage, 0), PhaseName::Baking);
    }
    assert_eq!(leads_to(&mut stage, 50), PhaseName::RollingBack);
}
