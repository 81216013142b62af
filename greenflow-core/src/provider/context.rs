//! What every call carries.

use std::time::Duration;

use crate::value::{EffectId, RolloutId};

/// What every call carries: for whom, which write, how often tried, how long it may take.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CallContext {
    /// The rollout that calls.
    pub rollout: RolloutId,
    /// The write's identity and idempotency key, also on the reads that look for its effect;
    /// `None` for all other reads.
    pub effect: Option<EffectId>,
    /// What a provider that can fence compares: lease epoch, then operation sequence.
    pub fence: FenceToken,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// How long the call may take; the engine drops it then.
    pub deadline: Duration,
}

impl CallContext {
    /// Makes the context of a first attempt.
    #[must_use]
    pub const fn new(rollout: RolloutId, fence: FenceToken, deadline: Duration) -> Self {
        Self { rollout, effect: None, fence, attempt: 1, deadline }
    }

    /// Says which write it is.
    #[must_use]
    pub const fn for_effect(mut self, effect: EffectId) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Says which attempt it is.
    #[must_use]
    pub const fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }
}

/// The fencing token (epoch, sequence). A provider that can fence refuses any write whose token
/// is below the highest it has seen for the resource; equal is a repeat.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FenceToken {
    /// The lease epoch of the controller.
    pub epoch: u64,
    /// The operation sequence inside the rollout.
    pub sequence: u64,
}
