//! How checks ended.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::provider::{CheckOutcome, CheckStage, Measurement};
use crate::value::CheckName;

/// One run of a check: a suite, a preflight or final check, an automatic checklist item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckRun {
    /// In which part of the rollout.
    pub stage: CheckStage,
    /// Which.
    pub check: CheckName,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// When it ended.
    pub at: ZonedTime,
    /// What it measured, in its own words.
    pub measurements: Vec<Measurement>,
    /// For people.
    pub detail: String,
}
