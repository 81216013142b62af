//! Writes to the outside, and how they end.

use serde::{Deserialize, Serialize};

use crate::provider::{FailureRecord, HookReport};
use crate::value::{EffectId, HookName, ResourceId, Revision, Side, Split, Timestamp};

/// A write to the outside. Absolute, never relative, so that repeating one is harmless.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the engine carries out each")]
pub enum Write {
    /// Give green more traffic. Each one pre-authorises the cut.
    Raise {
        /// The whole split.
        split: Split,
    },
    /// Take all traffic off green.
    Cut,
    /// Start green.
    Provision {
        /// What to run.
        revision: Revision,
        /// How many targets.
        capacity: u32,
    },
    /// Keep blue at a minimum, or take that back.
    PinBlue {
        /// The minimum; `None` takes it back.
        minimum: Option<u32>,
    },
    /// Remove a side's resources.
    Remove {
        /// Which side.
        side: Side,
        /// Exactly what.
        resources: Vec<ResourceId>,
    },
    /// Run a hook of the host.
    RunHook {
        /// Which.
        hook: HookName,
        /// On what.
        resources: Vec<ResourceId>,
    },
}

impl Write {
    /// Returns the split this write sets, if it sets one.
    #[must_use]
    pub const fn split(&self) -> Option<Split> {
        match self {
            Self::Raise { split } => Some(*split),
            Self::Cut => Some(Split::ALL_BLUE),
            Self::Provision { .. }
            | Self::PinBlue { .. }
            | Self::Remove { .. }
            | Self::RunHook { .. } => None,
        }
    }

    /// Returns whether this is the cut: the one write that may leave while the journal is away,
    /// with the short deadlines of the way back.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        matches!(self, Self::Cut)
    }

    /// Returns the kind's name, for traces.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Raise { .. } => "raise",
            Self::Cut => "cut",
            Self::Provision { .. } => "provision",
            Self::PinBlue { .. } => "pin_blue",
            Self::Remove { .. } => "remove",
            Self::RunHook { .. } => "run_hook",
        }
    }
}

/// How a write ended, over all of its attempts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Which write.
    pub id: EffectId,
    /// How it ended.
    pub class: OutcomeClass,
    /// How many calls were made.
    pub attempts: u32,
    /// When the last call was sent; `None` when none was.
    pub last_sent_at: Option<Timestamp>,
    /// Whether any attempt ended without an answer that settles it: it may yet land.
    pub may_land_late: bool,
    /// The resources that a provision created or took into use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceId>,
    /// What a hook produced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<HookReport>,
    /// The last failure, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureRecord>,
}

/// Applied, not applied, or ambiguous. Only a read-back says *applied*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum OutcomeClass {
    /// Read back: the world is as the write wanted it.
    Applied,
    /// It certainly did not happen and will not.
    NotApplied,
    /// It may have happened or may yet.
    Ambiguous,
}
