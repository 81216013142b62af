//! What the providers together can do, as the plan is checked against it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ComputeCapabilities, LoadBalancerCapabilities, MetricCapabilities};
use crate::value::{Weight, duration};

/// How a provider keeps a stale write from landing on the newest world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the engine answers each")]
pub enum Fence {
    /// It refuses a token (epoch, sequence) below the highest it has seen.
    PerOperation,
    /// It writes only if the resource is as it was read; and each write that it takes, also one that
    /// changes nothing, makes what was read before stale.
    Conditional,
    /// It cannot; but no write takes effect later than this after it was sent: *H*.
    Late {
        /// The bound. The engine waits it out before anything destructive.
        #[serde(with = "duration")]
        bound: Duration,
    },
}

impl Fence {
    /// Returns *H*: how long a sent call may still take effect.
    #[must_use]
    pub const fn late_effect_bound(self) -> Duration {
        match self {
            Self::PerOperation | Self::Conditional => Duration::ZERO,
            Self::Late { bound } => bound,
        }
    }
}

/// How finely a balancer splits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the plan check answers each")]
pub enum Granularity {
    /// Every multiple of this many basis points.
    Steps {
        /// 1 is every basis point, 100 every percent.
        basis_points: u16,
    },
    /// Only all or nothing.
    Whole,
}

impl Granularity {
    /// Returns whether the balancer can represent this share exactly.
    #[must_use]
    pub const fn represents(self, green: Weight) -> bool {
        let bp = green.basis_points();
        match self {
            Self::Steps { basis_points: 0 } => false,
            Self::Steps { basis_points } => bp.is_multiple_of(basis_points),
            Self::Whole => bp == 0 || bp == 10_000,
        }
    }
}

/// What the providers together can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Capabilities {
    /// The balancer's.
    pub load_balancer: LoadBalancerCapabilities,
    /// The compute provider's.
    pub compute: ComputeCapabilities,
    /// The metric source's.
    pub metrics: MetricCapabilities,
}

impl Capabilities {
    /// Returns *H* over all providers that write: the longest that a sent call may still take
    /// effect.
    #[must_use]
    pub fn late_effect_bound(&self) -> Duration {
        self.load_balancer.fence.late_effect_bound().max(self.compute.fence.late_effect_bound())
    }
}
