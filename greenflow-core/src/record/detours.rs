//! Where the rollout left its way, besides going back.

use serde::{Deserialize, Serialize};

use super::{Seconds, ZonedTime};
use crate::plan::OtherwisePolicy;
use crate::value::{RoleName, Who};

/// A stop for a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HoldRecord {
    /// When it began.
    pub at: ZonedTime,
    /// The kind: `paused`, `drift`, `undecided` and so on.
    pub kind: String,
    /// Why, in words.
    pub reason: String,
    /// Whose turn it was.
    pub owner: Option<RoleName>,
    /// How long they had.
    pub within_seconds: Seconds,
    /// What was to happen then.
    pub otherwise: OtherwisePolicy,
}

/// The balancer showed what was not set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriftRecord {
    /// When it was found.
    pub at: ZonedTime,
    /// What it showed.
    pub seen: String,
    /// Green's share that had been confirmed, in basis points.
    pub expected_green_bp: u16,
}

/// Why the rollout was refused before anything was touched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusalRecord {
    /// When.
    pub at: ZonedTime,
    /// Every problem, in words.
    pub problems: Vec<String>,
    /// Who said so; `null` when no person did.
    pub who: Option<Who>,
}

/// What a person must do before it goes on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StuckRecord {
    /// When it stopped.
    pub at: ZonedTime,
    /// What is wrong.
    pub what: String,
    /// What a person must do.
    pub remedy: String,
}
