//! What a journal did, for oracles.

use std::time::Duration;

use greenflow_core::value::{ControllerId, RolloutId};

/// What a journal did for a controller, or what was done to it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StoreEvent {
    /// When, by the store's clock.
    pub at: Duration,
    /// Which rollout it is about.
    pub rollout: RolloutId,
    /// For whom; nobody's name when the store itself was damaged.
    pub owner: Option<ControllerId>,
    /// Under which lease epoch.
    pub epoch: u64,
    /// What.
    pub act: StoreAct,
}

/// What a journal did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges a store must know what it did")]
pub enum StoreAct {
    /// It gave a lease, for a new rollout with so many first frames or for one that exists.
    Leased {
        /// How many frames it holds.
        head: u64,
        /// Until when.
        until: Duration,
    },
    /// It prolonged a lease.
    Renewed {
        /// Until when.
        until: Duration,
    },
    /// It took a lease back.
    Released {
        /// When the rollout is due again, if ever.
        due: Option<Duration>,
    },
    /// It stored frames.
    Appended {
        /// After how many.
        after: u64,
        /// How many.
        frames: u64,
        /// Whether they were of the way back.
        urgent: bool,
        /// Whether the rollout has ended with them.
        ended: bool,
        /// Whether it still locks its service.
        locks: bool,
    },
    /// It answered an append with a failure.
    Failed {
        /// Whether the frames were stored all the same.
        stored: bool,
    },
    /// It let somebody read.
    Read,
    /// What it had stored was changed behind its back.
    Damaged,
}
