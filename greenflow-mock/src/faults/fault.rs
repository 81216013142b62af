//! One fault: what, to which calls, when.

use std::time::Duration;

use super::FaultId;
use crate::provider::Operation;
use crate::world::Trigger;

/// One fault: what happens, to which operations, from when, for how long, to which calls.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// To which operations; none is every operation the kind makes sense for.
    pub on: Vec<Operation>,
    /// From when; `None` is from the beginning.
    pub from: Option<Trigger>,
    /// For how long; `None` is for ever.
    pub lasts: Option<Duration>,
    /// To which of the matching calls.
    pub pick: Pick,
}

impl Fault {
    /// Makes a fault of every call, from the beginning and for ever.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self { kind, on: Vec::new(), from: None, lasts: None, pick: Pick::Always }
    }

    /// Limits it to an operation; may be said more than once.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.on.push(operation);
        self
    }

    /// Says from when.
    #[must_use]
    pub fn from(mut self, trigger: Trigger) -> Self {
        self.from = Some(trigger);
        self
    }

    /// Says for how long.
    #[must_use]
    pub const fn lasting(mut self, span: Duration) -> Self {
        self.lasts = Some(span);
        self
    }

    /// Says to which of the matching calls.
    #[must_use]
    pub const fn picking(mut self, pick: Pick) -> Self {
        self.pick = pick;
        self
    }

    /// Returns whether it can strike this operation.
    pub(crate) fn concerns(&self, operation: Operation) -> bool {
        if self.on.is_empty() { self.kind.suits(operation) } else { self.on.contains(&operation) }
    }
}

/// Which of the matching calls are struck, counted from when the fault begins.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum Pick {
    /// All.
    Always,
    /// Only this one, from 1.
    Nth(u64),
    /// The first so many.
    First(u64),
    /// Each so-manieth.
    Every(u64),
    /// Each with this probability.
    Chance(f64),
}

/// What happens to a call.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum FaultKind {
    /// F1: refused for too many calls, perhaps with the advice to wait.
    Throttle {
        /// The advice.
        retry_after: Option<Duration>,
    },
    /// F2: no answer in time, and no effect.
    TimeoutLost,
    /// F3: no answer in time, and the effect at once.
    TimeoutApplied,
    /// F4: no answer in time, and the effect later; beyond the declared bound it is F4x.
    TimeoutLate {
        /// How long after it was sent.
        after: Duration,
    },
    /// F5: acknowledged, and never applied.
    AckLost,
    /// F6: applied again, so many times, so far apart.
    Duplicate {
        /// How many times more.
        times: u32,
        /// How far apart.
        spacing: Duration,
    },
    /// F7: acknowledged, and applied only after this: writes sent meanwhile overtake it.
    AppliedLate {
        /// How long after it was sent.
        after: Duration,
    },
    /// F8, F9: only the first so many parts (routes, targets) take it, and the call says so.
    Partial {
        /// How many.
        parts: u32,
    },
    /// F10, F11: a read returns what was true this long ago; with [`Pick::Every`] new and old
    /// answers alternate.
    StaleRead {
        /// How long ago.
        age: Duration,
    },
    /// F14: the call takes this much longer.
    Slow {
        /// How much.
        by: Duration,
    },
    /// F14: the call never returns.
    Hang,
    /// F15: "not found", though it is there.
    NotFound,
    /// F16: permission denied.
    Denied,
    /// F16: credentials expired.
    Expired,
    /// F17: an answer that makes no sense; a write has taken effect.
    Malformed,
    /// F18: the listing leaves out so many targets.
    Misses {
        /// How many.
        targets: u32,
    },
    /// F50, F64: cannot be reached; no effect.
    Outage,
    /// F51: no space left; no effect.
    Full,
    /// F51: no space left but what is kept for the way back.
    NearlyFull,
    /// F54: what was written could not be synced and is not there; the next write may be.
    SyncFailed,
    /// F56: the effect at once, and the answer is an error.
    AnswerLost,
}

impl FaultKind {
    /// Returns its number in the catalogue.
    #[must_use]
    pub const fn id(self) -> FaultId {
        FaultId::known(match self {
            Self::Throttle { .. } => 1,
            Self::TimeoutLost => 2,
            Self::TimeoutApplied => 3,
            Self::TimeoutLate { .. } => 4,
            Self::AckLost => 5,
            Self::Duplicate { .. } => 6,
            Self::AppliedLate { .. } => 7,
            Self::Partial { .. } => 9,
            Self::StaleRead { .. } => 10,
            Self::Slow { .. } | Self::Hang => 14,
            Self::NotFound => 15,
            Self::Denied | Self::Expired => 16,
            Self::Malformed => 17,
            Self::Misses { .. } => 18,
            Self::Outage => 64,
            Self::Full | Self::NearlyFull => 51,
            Self::SyncFailed => 54,
            Self::AnswerLost => 56,
        })
    }

    /// Returns whether it makes sense for this operation.
    #[must_use]
    pub const fn suits(self, operation: Operation) -> bool {
        match self {
            Self::TimeoutApplied
            | Self::TimeoutLate { .. }
            | Self::AckLost
            | Self::Duplicate { .. }
            | Self::AppliedLate { .. } => operation.is_provider_write(),
            Self::Partial { .. } => {
                matches!(operation, Operation::SetSplit | Operation::Provision)
            }
            Self::StaleRead { .. } => matches!(operation, Operation::ReadSplit),
            Self::Misses { .. } => matches!(operation, Operation::Describe),
            Self::Full | Self::NearlyFull | Self::SyncFailed => {
                matches!(operation, Operation::JournalCreate | Operation::JournalAppend)
            }
            Self::AnswerLost => operation.is_write(),
            Self::NotFound
            | Self::Denied
            | Self::Expired
            | Self::Malformed
            | Self::Throttle { .. } => !operation.is_journal(),
            Self::TimeoutLost | Self::Slow { .. } | Self::Hang | Self::Outage => true,
        }
    }
}
