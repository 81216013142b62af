//! The seed rollout.

use std::error::Error;
use std::sync::Arc;

use greenflow_core::fact::Entry;
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Machine, ReplayError};
use greenflow_core::plan::Plan;
use greenflow_mock::{Rehearsal, WorldSpec};

/// Every run of a benchmark is the same.
pub const SEED: u64 = 1;

/// Reads the plan of `examples/plans/greenflow.toml`.
///
/// # Errors
/// None while that file is a plan.
pub fn seed_plan() -> Result<Plan, Box<dyn Error>> {
    Ok(Plan::from_toml(include_str!("../../examples/plans/greenflow.toml"))?)
}

/// Returns the healthy world, without its trace.
#[must_use]
pub fn spec() -> WorldSpec {
    WorldSpec::healthy().without_trace()
}

/// Returns the journal of the seed rollout in the healthy world.
///
/// # Errors
/// None while the seed rollout runs there.
pub fn entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    Ok(Rehearsal::new(seed_plan()?, spec()).run(SEED)?.entries)
}

/// Folds a journal, as a controller does that takes a rollout over.
///
/// # Errors
/// None for a journal that was really written.
pub fn replay(entries: &[Entry]) -> Result<Machine, ReplayError> {
    Machine::replay(entries.iter().cloned(), Arc::new(ThresholdJudge::new()))
}
