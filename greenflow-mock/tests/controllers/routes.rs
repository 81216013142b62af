//! A controller that dies between two routes of one step: the one that follows it finds half of the
//! step, takes it for its own, and sends the whole (S34, S54).

use greenflow_core::machine::Ended;
use greenflow_core::value::RouteId;
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::{Operation, WorldSpec};

use super::drops::{Life, all, bad_at_full, healthy, lived};

/// The n-th split that is sent reaches one of two routes only.
fn half(spec: WorldSpec, nth: u64) -> WorldSpec {
    let half = Fault::new(FaultKind::Partial { parts: 1 }).on(Operation::SetSplit);
    let mut spec = spec.with_fault(half.picking(Pick::Nth(nth)));
    spec.router.routes = ["web", "api"].map(|name| RouteId::new(name).unwrap()).to_vec();
    spec
}

/// Dies in each await from the half write on, until it would have been sent again.
fn dies_at_half(spec: &WorldSpec, nth: usize, wanted: Ended) {
    let undisturbed: &Life = &lived(spec, &[], wanted)[0];
    let sent = undisturbed.sends[nth];
    let cases: Vec<_> = (sent..sent + 6).map(|at| vec![at]).collect();
    all(&cases, spec, wanted);
}

#[test]
fn half_a_step_is_no_other_hand() {
    // The writes are: green started, blue pinned, 20 %, 100 %.
    dies_at_half(&half(healthy(), 1), 2, Ended::Completed);
    dies_at_half(&half(healthy(), 2), 3, Ended::Completed);
}

#[test]
fn half_a_cut_is_made_whole() {
    dies_at_half(&half(bad_at_full(), 3), 4, Ended::RolledBack);
}
