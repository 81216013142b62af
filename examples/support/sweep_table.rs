//! What many rehearsals showed, as a table.

use std::time::Duration;

use greenflow_mock::{Spread, SweepReport};

use crate::timeline::{count, duration};

/// Writes what many rehearsals showed, as people like to read it.
#[must_use]
pub fn sweep_table(report: &SweepReport) -> String {
    let simulated = time_simulated(report.simulated_seconds);
    let mut text = format!("\n{} runs, {simulated} in their worlds\n", count(report.runs));
    for (outcome, runs) in &report.outcomes {
        let percent = 100.0 * as_float(*runs) / as_float(report.runs.max(1));
        text += &format!("  {outcome:<12}  {:>9}  {percent:5.1} %\n", count(*runs));
    }
    text += &format!("\n{:32}{:>13}{:>13}{:>13}{:>13}\n", "", "min", "median", "p99", "max");
    text += &row("requests harmed in a run", report.harmed.as_ref(), whole);
    for (percent, harmed) in &report.harmed_at_percent {
        let name = format!("  with green at {percent} % at most");
        text += &row(&name, Some(harmed), whole);
    }
    for (name, spread) in [
        ("from onset to first bad sample", &report.time_to_detect_seconds),
        ("from there to the decision", &report.time_to_decide_seconds),
        ("back on blue (T_rb)", &report.t_rb_seconds),
        ("whole way back", &report.rollback_seconds),
    ] {
        text += &row(name, spread.as_ref(), span);
    }
    text += &row("provider calls in a run", report.provider_calls.as_ref(), whole);
    let budget = span(report.rollback_budget_seconds);
    text += &format!(
        "\n  the plan allows {budget} for the cut, and nominally for the whole way back\n"
    );
    if let Some(worst) = &report.worst {
        let harmed = count(worst.harmed);
        text += &format!(
            "  worst: seed {} harmed {harmed} requests\n    {}\n",
            worst.seed, worst.replay
        );
    }
    if report.violations.is_empty() {
        return text + "\nNo guarantee was broken.\n";
    }
    text += &format!("\nGuarantees were broken in {} runs:\n", count(report.runs_in_violation));
    for finding in &report.violations {
        text += &format!("\n{finding}\n");
    }
    text
}

fn row(name: &str, spread: Option<&Spread>, show: fn(f64) -> String) -> String {
    let cells = match spread {
        Some(spread) => [spread.min, spread.p50, spread.p99, spread.max].map(show),
        None => ["-", "-", "-", "-"].map(str::to_owned),
    };
    let cells: String = cells.iter().map(|cell| format!("{cell:>13}")).collect();
    format!("  {name:<30}{cells}\n")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, rounded")]
fn whole(value: f64) -> String {
    count(value.round() as u64)
}

/// Many runs are years together.
fn time_simulated(seconds: f64) -> String {
    let days = seconds / 86_400.0;
    if days < 730.0 { format!("{days:.0} days") } else { format!("{} years", whole(days / 365.25)) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "spans, rounded")]
fn span(seconds: f64) -> String {
    duration(Duration::from_millis((seconds.max(0.0) * 1000.0).round() as u64))
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
const fn as_float(count: u64) -> f64 {
    count as f64
}
