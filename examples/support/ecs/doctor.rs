//! Whether a service is as a rollout needs it.

use std::sync::Arc;
use std::time::Duration;

use greenflow_aws::SiteCheck;
use greenflow_core::provider::{CheckOutcome, NoChecks};

use super::Ground;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own")]
pub struct Diagnosis {
    /// Whether a rollout may start.
    pub healthy: bool,
    /// All that was looked at, one a line, and what to change.
    pub text: String,
}

/// Looks at every prerequisite, by reads alone.
///
/// # Cancel safety
/// It only reads.
pub async fn doctor(ground: &Ground) -> Diagnosis {
    let check = SiteCheck::new(Arc::clone(&ground.site), Arc::new(NoChecks));
    let report = check.look(PATIENCE).await;
    let healthy = report.outcome == CheckOutcome::Passed;
    let mut lines = vec![ground.about.clone()];
    lines.extend(report.cases.iter().map(|(what, outcome)| {
        let found = if *outcome == CheckOutcome::Passed { "ok   " } else { "wrong" };
        format!("  {found}  {what}")
    }));
    lines.push(report.detail);
    lines.push("Nothing was written.\n".to_owned());
    Diagnosis { healthy, text: lines.join("\n") }
}

/// For each of the reads.
const PATIENCE: Duration = Duration::from_secs(15);
