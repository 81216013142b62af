//! The plan that can run.

use std::sync::Arc;

use super::{PlanBody, PlanBuilder, PlanError, PlanHash, Warning, validate};
use crate::value::Revision;

/// What shall happen, validated and immutable. Cloning is cheap.
///
/// ```
/// use std::time::Duration;
/// use greenflow_core::plan::{Limit, Plan};
/// use greenflow_core::value::{Digest, Revision};
///
/// let digest = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
/// let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
///     .step(10, Duration::from_mins(5))
///     .step(100, Duration::ZERO)
///     .limit(Limit::error_rate_percent(1))
///     .limit(Limit::p95(Duration::from_millis(500)))
///     .keep_blue()
///     .build()?;
/// assert_eq!(plan.body().shift.steps.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    body: Arc<PlanBody>,
    hash: PlanHash,
    warnings: Arc<[Warning]>,
}

impl Plan {
    /// Begins a plan in code. Everything that has a safe default has one; what is left to say are
    /// the steps, at least one limit, and whether blue is removed in the end.
    pub fn builder(service: impl Into<String>, green: Revision) -> PlanBuilder {
        PlanBuilder::new(service, green)
    }

    /// Validates plain data, by the same rules as the builder and the file. A rollout that is
    /// taken over from a journal comes in this way.
    ///
    /// # Errors
    /// All problems at once.
    pub fn from_body(body: PlanBody) -> Result<Self, PlanError> {
        match validate::body(&body, &super::problems::Problems::default()).into_error() {
            Some(error) => Err(error),
            None => Ok(Self::trusted(body)),
        }
    }

    /// Wraps a body that has just been validated.
    pub(super) fn trusted(body: PlanBody) -> Self {
        let (hash, warnings) = (body.hash(), validate::warnings(&body).into());
        Self { body: Arc::new(body), hash, warnings }
    }

    /// Returns the plan as plain data.
    #[must_use]
    pub fn body(&self) -> &PlanBody {
        &self.body
    }

    /// Returns the hash that approvals are bound to and resumption is checked against.
    #[must_use]
    pub const fn hash(&self) -> &PlanHash {
        &self.hash
    }

    /// Returns what is allowed but should be looked at, such as blank contacts.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    #[cfg(feature = "plan-file")]
    pub(super) fn with_warnings(mut self, warnings: Vec<Warning>) -> Self {
        self.warnings = warnings.into();
        self
    }
}

/// Two plans are equal when they say the same; where in a file they say it does not matter.
impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body
    }
}

impl Eq for Plan {}
