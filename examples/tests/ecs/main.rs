//! The ECS example as people run it, against the emulator.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod crashes;
#[expect(dead_code, reason = "a test needs no main")]
#[path = "../../ecs.rs"]
mod ecs;
mod emulator;
mod faults;
mod input;
mod many;
mod process;
mod rollouts;
mod scene;
mod side_by_side;

/// Forty rollouts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn crashes_and_faults_change_nothing() {
    let mut scenarios = crashes::scenarios();
    scenarios.extend(faults::scenarios());
    assert_eq!(scenarios.len(), 40);
    side_by_side::all(scenarios).await;
}
