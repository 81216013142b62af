//! What is going to be carried out, and where.

use greenflow_core::plan::{Plan, RollbackTimes};

use super::words::{duration, shorten};

pub(super) fn lines(plan: &Plan, place: &str, times: &RollbackTimes) -> Vec<String> {
    let body = plan.body();
    let steps: Vec<String> = body
        .shift
        .steps
        .iter()
        .map(|step| match step.hold.is_zero() {
            true => step.green.to_string(),
            false => format!("{} for {}", step.green, duration(step.hold)),
        })
        .collect();
    let mut lines = vec![
        format!("{} → {}", body.service, shorten(&body.green.to_string())),
        format!("  plan      {}", plan.hash().as_str().get(..12).unwrap_or_default()),
        format!("  steps     green {}", steps.join(", ")),
        format!(
            "  way back  {} at worst until blue has all traffic, {} for everything; {} promised",
            duration(times.cut_worst),
            duration(times.whole_nominal),
            duration(body.rollback.budget)
        ),
        format!("  {place}"),
        format!("  times     {}", body.zone),
    ];
    let warnings = plan.warnings();
    lines.extend(warnings.iter().take(MOST).map(|warning| format!("  warning   {warning}")));
    if warnings.len() > MOST {
        lines.push(format!("  warning   … and {} more", warnings.len() - MOST));
    }
    lines
}

/// More warnings than this are counted.
const MOST: usize = 5;
