//! The way back.

use serde::{Deserialize, Serialize};

use super::{Seconds, ZonedTime};
use crate::fact::RollbackKind;
use crate::value::{Severity, Who};

/// The way back: why, and how fast.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RollbackRecord {
    /// Why, in words, with the numbers.
    pub reason: String,
    /// The kind of reason.
    pub kind: RollbackKind,
    /// How bad it was.
    pub severity: Severity,
    /// Who said so; `null` when no person did.
    pub who: Option<Who>,
    /// When the first bad sample came; `null` when no sample led here, as with an operator's.
    pub breach_at: Option<ZonedTime>,
    /// When going back was decided, durably.
    pub decided_at: ZonedTime,
    /// When the balancer's configuration first showed green at 0 after that.
    pub cut_read_back_at: Option<ZonedTime>,
    /// From the decision to green read back as 0, in rollout time.
    pub t_rb_seconds: Option<Seconds>,
    /// When everything else was done too: green stopped, the state checked, people told.
    pub finished_at: Option<ZonedTime>,
}
