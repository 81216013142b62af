//! Suites, preflight checks and final checks.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, ProviderError};
use crate::value::{CheckName, Revision};

/// Runs named checks: E2E, performance and security suites, preflight checks, final checks.
///
/// # Contract
/// - **CK-1** `Passed` only when the check ran to its end and found nothing wrong. Not run,
///   cancelled, skipped, empty or unparsable are their own outcomes, none of them `Passed`.
/// - **CK-2** `cases` lists every case that ran, with its own outcome.
/// - **CK-3** `seen` names the revision that really answered, where the check can know it.
/// - **CK-4** A check may be run again at any time; it leaves nothing behind.
/// - **CK-5** A name it does not know is `NotFound`.
#[async_trait]
pub trait Check: fmt::Debug + Send + Sync + 'static {
    /// Runs one check to its end.
    ///
    /// # Errors
    /// [`ProviderError`] when it could not be run.
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError>;
}

/// Which check, when, and against what.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CheckRequest {
    /// Which.
    pub check: CheckName,
    /// In which part of the rollout.
    pub stage: CheckStage,
    /// The revision under test.
    pub revision: Revision,
}

impl CheckRequest {
    /// Asks for `check`.
    #[must_use]
    pub const fn new(check: CheckName, stage: CheckStage, revision: Revision) -> Self {
        Self { check, stage, revision }
    }
}

/// The part of the rollout a check belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckStage {
    /// A checklist item that a machine confirms.
    Checklist,
    /// Before anything is touched.
    Preflight,
    /// Against green on test traffic.
    Verify,
    /// Against production, after the bake.
    Confirm,
    /// Before blue is removed.
    Retire,
}

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "only one of them lets a rollout go on")]
pub enum CheckOutcome {
    /// It ran to its end and found nothing wrong.
    Passed,
    /// It ran and found something wrong.
    Failed,
    /// It did not run, or not to its end.
    NotRun,
    /// It ran and cannot say.
    Inconclusive,
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckReport {
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Each case that ran.
    pub cases: Vec<(String, CheckOutcome)>,
    /// What it measured, for the record.
    pub measurements: Vec<Measurement>,
    /// The digest that really answered, if the check can know.
    pub seen: Option<crate::value::Digest>,
    /// For people.
    pub detail: String,
}

impl CheckReport {
    /// Makes the report of a check that passed.
    #[must_use]
    pub fn passed(detail: impl Into<String>) -> Self {
        Self::ended(CheckOutcome::Passed, detail)
    }

    /// Makes the report of a check that ended so.
    #[must_use]
    pub fn ended(outcome: CheckOutcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            cases: Vec::new(),
            measurements: Vec::new(),
            seen: None,
            detail: detail.into(),
        }
    }
}

/// One number that a check measured, in its own words: `p95`, `212 ms`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub name: String,
    /// The value with its unit.
    pub value: String,
}
