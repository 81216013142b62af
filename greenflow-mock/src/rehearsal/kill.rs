//! The sudden death of a controller.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use greenflow_core::engine::{EventKind, EventStream};
use greenflow_core::fact::Fact;
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Clock as _;
use greenflow_core::value::RolloutId;

use crate::{Damage, MemoryJournal, SimClock};

/// The sudden death of the controller, and when another one comes (F45, F46); or only that it is
/// stopped, like a process, and goes on as if nothing had been (F44, F48, F49).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Kill {
    /// In which phase; the first time that the rollout enters it under this controller.
    pub phase: PhaseName,
    /// How long after it was entered.
    pub after: Duration,
    /// When another comes, counted from then.
    pub away: Duration,
    /// It is not dead, but stopped for so long. If that is longer than its lease the other one acts
    /// by then.
    pub stopped_for: Option<Duration>,
    /// By how many parts in a million the clock of the one that comes runs faster than the world's;
    /// slower when negative (F43).
    pub rate: i32,
    /// Its process lives on: only its run is dropped, in the middle of whatever it does, and the
    /// same engine takes the rollout up (F47).
    pub only_dropped: bool,
    /// What the one that comes finds in the journal (F52, F53, F55, F57).
    pub leaves: Option<Damage>,
}

impl Kill {
    /// Kills the controller `after` it has entered `phase`; another comes `away` later.
    #[must_use]
    pub const fn new(phase: PhaseName, after: Duration, away: Duration) -> Self {
        Self { phase, after, away, stopped_for: None, rate: 0, only_dropped: false, leaves: None }
    }

    /// Only stops the controller, for so long, instead of killing it.
    #[must_use]
    pub const fn only_stopped_for(mut self, span: Duration) -> Self {
        self.stopped_for = Some(span);
        self
    }

    /// Lets the clock of the controller that comes run faster by so many parts in a million.
    #[must_use]
    pub const fn followed_at_rate(mut self, faster_by: i32) -> Self {
        self.rate = faster_by;
        self
    }

    /// Only drops the controller's run: its process lives on, and takes the rollout up again.
    #[must_use]
    pub const fn only_dropped(mut self) -> Self {
        self.only_dropped = true;
        self
    }

    /// Lets the one that comes find this in the journal. A controller with facts on their way, if
    /// the damage is to those, dies in the first append after its time has come, or ten minutes later.
    #[must_use]
    pub const fn leaving(mut self, damage: Damage) -> Self {
        self.leaves = Some(damage);
        self
    }

    /// Returns whether the one that comes is another process, on another machine.
    pub(super) const fn brings_another(&self) -> bool {
        self.stopped_for.is_some() || self.rate != 0
    }

    /// Waits until the controller dies; for ever, if its run never comes to the phase.
    pub(super) async fn strikes(
        self,
        mut events: EventStream,
        clock: &SimClock,
        (journal, rollout): (&MemoryJournal, &RolloutId),
    ) {
        while let Some(event) = events.next().await {
            let EventKind::Recorded(entry) = &event.kind else { continue };
            if let Fact::Moved(to) = &entry.fact
                && to.target() == Some(self.phase)
            {
                clock.sleep_until(clock.monotonic().saturating_add(self.after)).await;
                if self.leaves.is_some_and(Damage::of_an_append) {
                    let patience = clock.sleep_until(clock.monotonic().saturating_add(PATIENCE));
                    let held = pin!(journal.hold_next_append(rollout));
                    drop(select(held, patience).await);
                }
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}

/// How long somebody who is to die in an append may take until the next one.
const PATIENCE: Duration = Duration::from_secs(600);
