//! All that a team writes to have its plan rehearsed and its providers checked in its own CI.

use std::error::Error;

use greenflow_core::plan::Plan;
use greenflow_core::testkit::Reports;
use greenflow_examples::file_provider::conformance;
use greenflow_mock::swarm::Faults;
use greenflow_mock::{Sweep, WorldSpec};

#[test]
fn our_plan_keeps_every_guarantee_in_a_hostile_world() -> Result<(), Box<dyn Error>> {
    let plan = Plan::from_toml(include_str!("../plans/greenflow.toml"))?;
    let report = Sweep::new(plan, WorldSpec::healthy()).faults(Faults::Swarm).runs(50).run()?;
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert!(report.t_rb_seconds.is_none_or(|t_rb| t_rb.p50 <= 25.0), "{:?}", report.t_rb_seconds);
    Ok(())
}

/// Their fixtures say how to make and disturb one: see `support/file_provider/fixture`.
#[test]
fn our_providers_keep_every_clause_of_their_contracts() {
    let reports: Reports = conformance();
    reports.assert_conformant();
}
