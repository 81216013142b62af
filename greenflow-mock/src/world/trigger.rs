//! When something happens.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::Weight;

/// When something happens in a world. All but the first two happen once, at the first occasion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum Trigger {
    /// So long after the world's start. Wall times of a world file become this.
    Elapsed(Duration),
    /// When the rollout enters a phase, and this much later.
    Phase {
        /// The phase.
        phase: PhaseName,
        /// How much later.
        after: Duration,
    },
    /// When the data plane gives green at least this share, and this much later.
    Green {
        /// The share.
        at_least: Weight,
        /// How much later.
        after: Duration,
    },
}

impl Trigger {
    /// At a phase, without delay.
    #[must_use]
    pub const fn on(phase: PhaseName) -> Self {
        Self::Phase { phase, after: Duration::ZERO }
    }

    /// When the data plane gives green at least this share, without delay.
    #[must_use]
    pub const fn green_at(at_least: Weight) -> Self {
        Self::Green { at_least, after: Duration::ZERO }
    }

    /// The same, this much later.
    #[must_use]
    pub const fn later(self, by: Duration) -> Self {
        match self {
            Self::Elapsed(at) => Self::Elapsed(at.saturating_add(by)),
            Self::Phase { phase, after } => Self::Phase { phase, after: after.saturating_add(by) },
            Self::Green { at_least, after } => {
                Self::Green { at_least, after: after.saturating_add(by) }
            }
        }
    }
}
