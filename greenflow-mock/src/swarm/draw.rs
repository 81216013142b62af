//! Drawing numbers and choices.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::Weight;

use crate::rng::{Rng, label};
use crate::world::Trigger;

/// A stream of numbers and choices.
pub(super) struct Draw(Rng);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::keyed(seed, &[label("swarm")]))
    }

    pub(super) fn keyed(seed: u64, class: u64) -> Self {
        Self(Rng::keyed(seed, &[label("swarm"), class]))
    }

    /// Draws a number in these bounds, both of them included.
    pub(super) const fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.0.next_u64() % (most - least + 1)
    }

    pub(super) fn small(&mut self, least: u32, most: u32) -> u32 {
        u32::try_from(self.between(least.into(), most.into())).unwrap_or(most)
    }

    pub(super) const fn secs(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_secs(self.between(least, most))
    }

    pub(super) const fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// Draws a share between two, in thousandths.
    pub(super) fn share(&mut self, least: u32, most: u32) -> f64 {
        f64::from(self.small(least, most)) / 1000.0
    }

    pub(super) fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let at = self.between(0, others.len() as u64);
        let place = usize::try_from(at).ok().and_then(|at| at.checked_sub(1));
        place.and_then(|place| others.get(place)).copied().unwrap_or(first)
    }

    /// Draws a phase in which something is going on.
    pub(super) fn phase(&mut self) -> PhaseName {
        self.pick(
            PhaseName::Shifting,
            &[
                PhaseName::Preflight,
                PhaseName::Provisioning,
                PhaseName::Verifying,
                PhaseName::Shifting,
                PhaseName::Baking,
                PhaseName::Confirming,
                PhaseName::Retaining,
                PhaseName::Retiring,
                PhaseName::RollingBack,
            ],
        )
    }

    /// Draws a moment: soon after a phase begins, or after green has got some of the traffic.
    pub(super) fn moment(&mut self) -> Trigger {
        let after = self.secs(0, 300);
        if self.chance(25) {
            let percent = self.pick(1, &[50, 100]);
            let at_least = Weight::from_percent(percent).unwrap_or(Weight::FULL);
            return Trigger::Green { at_least, after };
        }
        Trigger::Phase { phase: self.phase(), after }
    }
}
