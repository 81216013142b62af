//! The ECS example as people run it, against the emulator.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod answers;
mod crashes;
mod doctor;
#[expect(dead_code, reason = "a test needs no main")]
#[path = "../../ecs.rs"]
mod ecs;
mod emulator;
mod faults;
mod images;
mod input;
mod many;
mod process;
mod rollouts;
mod scene;
mod settings;
mod side_by_side;

use side_by_side::{all, half};

/// Whole rollouts, and a part of the crashes and faults with each kind of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rollouts_end_as_they_should_through_crashes_and_faults() {
    // Those that take longest begin first.
    let mut scenarios = rollouts::scenarios();
    scenarios.extend(half(crashes::scenarios()));
    scenarios.extend(half(faults::scenarios()));
    all(scenarios).await;
}

/// Forty rollouts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes minutes: scripts/nightly"]
async fn every_crash_and_every_fault_changes_nothing() {
    let mut scenarios = crashes::scenarios();
    scenarios.extend(faults::scenarios());
    assert_eq!(scenarios.len(), 40);
    all(scenarios).await;
}
