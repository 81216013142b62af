//! What would be done, from what AWS says now; nothing is written.

use std::time::Duration;

use greenflow_core::plan::{Plan, PlanBody};
use greenflow_core::provider::{CallContext, FenceToken, ProviderError, SideState};
use greenflow_core::value::{InvalidName, RolloutId, duration as written};

use super::Ground;
use crate::timeline::{duration, shorten};

/// Reads both sides and every route, and says what a rollout would do with them, one line each.
///
/// # Errors
/// [`ProviderError`] when AWS cannot be read.
///
/// # Cancel safety
/// It only reads.
pub async fn survey(ground: &Ground, plan: &Plan) -> Result<String, ProviderError> {
    let cx = context(plan).map_err(|error| {
        ProviderError::new(greenflow_core::provider::ErrorKind::InvalidRequest, "survey")
            .caused_by(error)
    })?;
    let sides = ground.providers.compute.describe(&cx).await?;
    let split = ground.providers.load_balancer.read_split(&cx).await?;
    let body = plan.body();
    let mut lines = vec![
        format!("{}: {}", body.service, ground.about),
        "\nNow".to_owned(),
        format!("  traffic   {split}"),
        format!("  blue      {}", side(&sides.blue)),
        format!("  green     {}", side(&sides.green)),
        "\nA rollout would".to_owned(),
    ];
    lines.extend(what_would_be_done(body, &sides.blue).into_iter().map(|line| format!("  {line}")));
    match plan.check(&ground.providers.capabilities()) {
        Ok(times) => lines.push(format!(
            "\nThe way back: {} at worst until blue has all traffic, {} for everything.",
            duration(times.cut_worst),
            duration(times.whole_nominal)
        )),
        Err(problems) => lines.push(format!("\nIt would be refused:\n{problems}")),
    }
    lines.push("Nothing was written.\n".to_owned());
    Ok(shorten(&lines.join("\n")))
}

fn context(plan: &Plan) -> Result<CallContext, InvalidName> {
    let rollout: RolloutId = format!("{}-dry-run", plan.body().service).parse()?;
    Ok(CallContext::new(rollout, FenceToken::default(), PATIENCE))
}

fn side(side: &SideState) -> String {
    let digests: Vec<String> = side.digests.iter().map(ToString::to_string).collect();
    let runs = if digests.is_empty() { "nothing".to_owned() } else { digests.join(", ") };
    let mut text = format!("{} of {} targets healthy, runs {runs}", side.healthy, side.desired);
    for reason in &side.reasons {
        text = format!("{text}; {reason}");
    }
    text
}

fn what_would_be_done(plan: &PlanBody, blue: &SideState) -> Vec<String> {
    let capacity = plan.provision.capacity.unwrap_or(blue.desired);
    let mut lines = vec![
        format!("register a task definition like the base, with {}", plan.green),
        format!(
            "let the idle service run it with {capacity} tasks, and wait until all are healthy"
        ),
    ];
    for step in &plan.shift.steps {
        let hold = match step.hold.is_zero() {
            true => String::new(),
            false => format!(", and watch for {}", written::format(step.hold)),
        };
        lines.push(format!("send {} of the traffic to green{hold}", step.green));
    }
    lines.push(format!(
        "watch for {} with all of the traffic on green",
        written::format(plan.bake.duration)
    ));
    if plan.retire.remove_blue {
        let kept = written::format(plan.retain.at_least);
        lines.push(format!("keep blue for {kept}, then set its service to no tasks"));
    }
    lines
}

/// For each of the two reads.
const PATIENCE: Duration = Duration::from_secs(15);
