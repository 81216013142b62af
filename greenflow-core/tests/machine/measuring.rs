//! What a measurement must be to count.

use std::time::Duration;

use greenflow_core::machine::PhaseName;

use super::journal::{percent, phase};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// What reaches beyond the interval that was asked for may hold the requests of another split.
#[test]
fn a_sample_of_more_than_was_asked_for_is_none() {
    let second = Duration::from_secs(1);
    for (overlong, leads_to) in
        [(Duration::ZERO, PhaseName::Baking), (second, PhaseName::RollingBack)]
    {
        let mut stage = Stage::set(&phase("shifting (holding)"), percent(10), |stage| {
            stage.overlong = overlong;
        });
        stage.pass(20 * MINUTE);
        assert_eq!(stage.phase(), leads_to, "{overlong:?}");
    }
}
