//! Whether a service is as a rollout needs it.

use std::time::Duration;

use greenflow_aws::{ALARMS, IMAGE};
use greenflow_core::plan::Plan;
use greenflow_core::provider::{
    CallContext, CheckOutcome, CheckReport, CheckRequest, CheckStage, FenceToken, ProviderError,
};
use greenflow_core::value::{CheckName, InvalidName, RolloutId};

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

/// Looks at every prerequisite, by reads alone: the site, the alarms that are named, and the image
/// if it is in ECR. `tag` is the name with a tag by which the image is given, if it is.
///
/// # Errors
/// [`InvalidName`] when the service's name makes no name for a rollout.
///
/// # Cancel safety
/// It only reads.
pub async fn doctor(
    ground: &Ground,
    plan: &Plan,
    tag: Option<&str>,
) -> Result<Diagnosis, InvalidName> {
    let site = ground.check.look(PATIENCE).await;
    let mut healthy = site.outcome == CheckOutcome::Passed;
    let mut lines = vec![ground.about.clone()];
    lines.extend(site.cases.iter().map(|(what, outcome)| line(*outcome, what)));
    let mut told = vec![site.detail];
    for (what, found) in others(ground, plan, tag).await? {
        let (outcome, detail) = match found {
            Ok(report) => (report.outcome, report.detail),
            Err(error) => (CheckOutcome::Failed, error.to_string()),
        };
        healthy &= outcome == CheckOutcome::Passed;
        lines.push(line(outcome, what));
        told.push(format!("{what}: {detail}"));
    }
    lines.extend(told);
    lines.push("Nothing was written.\n".to_owned());
    Ok(Diagnosis { healthy, text: lines.join("\n") })
}

type Found = (&'static str, Result<CheckReport, ProviderError>);

/// What is looked at beside the site.
async fn others(
    ground: &Ground,
    plan: &Plan,
    tag: Option<&str>,
) -> Result<Vec<Found>, InvalidName> {
    let mut found = Vec::new();
    if !ground.alarms.is_empty() {
        found.push((ALARMS, run(ground, plan, ALARMS).await?));
    }
    if let Some(tag) = tag {
        let answer = ground.registry.resolve(PATIENCE, tag).await;
        let report = answer.map(|green| CheckReport::passed(format!("{tag} is {green} now")));
        found.push((IMAGE, report));
    } else if plan.body().green.image.contains(ECR) {
        found.push((IMAGE, run(ground, plan, IMAGE).await?));
    }
    Ok(found)
}

async fn run(
    ground: &Ground,
    plan: &Plan,
    check: &str,
) -> Result<Result<CheckReport, ProviderError>, InvalidName> {
    let rollout: RolloutId = format!("{}-doctor", plan.body().service).parse()?;
    let cx = CallContext::new(rollout, FenceToken::default(), PATIENCE);
    let (name, green) = (CheckName::new(check)?, plan.body().green.clone());
    let request = CheckRequest::new(name, CheckStage::Preflight, green);
    Ok(ground.providers.checks.run(&cx, request).await)
}

fn line(outcome: CheckOutcome, what: &str) -> String {
    let found = if outcome == CheckOutcome::Passed { "ok   " } else { "wrong" };
    format!("  {found}  {what}")
}

/// In the name of every image that is in ECR.
const ECR: &str = ".dkr.ecr.";

/// For each of the reads.
const PATIENCE: Duration = Duration::from_secs(15);
