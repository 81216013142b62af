//! The sudden death of a controller.

use std::time::Duration;

use greenflow_core::engine::{EventKind, EventStream};
use greenflow_core::fact::Fact;
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Clock as _;

use crate::SimClock;

/// The sudden death of the controller, and when another one comes (F45, F46).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Kill {
    /// In which phase; the first time that the rollout enters it under this controller.
    pub phase: PhaseName,
    /// How long after it was entered.
    pub after: Duration,
    /// How long nobody is there.
    pub away: Duration,
}

impl Kill {
    /// Kills the controller `after` it has entered `phase`; another comes `away` later.
    #[must_use]
    pub const fn new(phase: PhaseName, after: Duration, away: Duration) -> Self {
        Self { phase, after, away }
    }

    /// Waits until the controller dies; for ever, if its run never comes to the phase.
    pub(super) async fn strikes(self, mut events: EventStream, clock: &SimClock) {
        while let Some(event) = events.next().await {
            let EventKind::Recorded(entry) = &event.kind else { continue };
            if let Fact::Moved(to) = &entry.fact
                && to.target() == Some(self.phase)
            {
                clock.sleep_until(clock.monotonic().saturating_add(self.after)).await;
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}
