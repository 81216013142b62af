//! How traffic was divided, in the three grades of knowing it.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::value::EffectId;

/// One split that was set, and when it became known in each grade.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitRecord {
    /// Green's share in basis points; blue has the rest of 10 000.
    pub green_bp: u16,
    /// Whether it gave green more, or took everything away from it.
    pub kind: SplitKind,
    /// The write that set it.
    pub write: EffectId,
    /// When it was decided to be sent.
    pub commanded_at: ZonedTime,
    /// When the balancer's configuration first showed it; `null` if it never did.
    pub read_back_at: Option<ZonedTime>,
    /// When the requests first showed it; `null` if they never did.
    pub traffic_observed_at: Option<ZonedTime>,
    /// The requests that showed it.
    pub evidence: Option<SplitEvidence>,
    /// When the balancer's word was taken instead, as `dangerous_trust_read_back` allows.
    pub trusted_at: Option<ZonedTime>,
}

/// What kind of split was set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "traffic moves to green or it is cut")]
pub enum SplitKind {
    /// A step toward green.
    Raise,
    /// The cut: all traffic to blue.
    Cut,
}

/// The requests that showed a split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitEvidence {
    /// First moment of the closed interval they were counted in.
    pub from: ZonedTime,
    /// First moment after it.
    pub until: ZonedTime,
    /// Requests on blue in it.
    pub blue: u64,
    /// Requests on green in it.
    pub green: u64,
}
