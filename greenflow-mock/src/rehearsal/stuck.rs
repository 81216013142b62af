//! A rollout that waits for people, where nobody comes.

use std::time::Duration;

use greenflow_core::engine::Handle;
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Clock as _;

use crate::SimClock;

/// Waits until a controller that took up a rollout that was stuck already has had the time to tell
/// people so. It waits for them for ever, and here nobody comes. It may be one that was stopped
/// before, and was quicker than the one that comes now.
pub(super) async fn waits_for_people(
    clock: &SimClock,
    handle: &Handle,
    before: &[Handle],
    lives: u32,
) {
    let is_stuck =
        |handle: &Handle| handle.status().is_some_and(|status| status.phase == PhaseName::Stuck);
    let mut waits = lives > 1;
    while waits {
        clock.sleep_until(clock.monotonic().saturating_add(HEARD)).await;
        let waiting = handle.status().is_none();
        if is_stuck(handle) || (waiting && before.iter().any(is_stuck)) {
            return;
        }
        waits = waiting;
    }
    std::future::pending::<()>().await;
}

/// Long enough for a controller that takes over to have sent what the one before it owed people.
const HEARD: Duration = Duration::from_mins(10);
