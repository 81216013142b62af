//! Analyses and their limits: what can never hold, and what can never fire.

use std::time::Duration;

use super::super::{Analysis, Bound, Limit, bounds};
use super::rules::Rules;
use crate::value::{Severity, duration};

/// How one phase is watched.
pub(super) fn analysis(rules: &mut Rules<'_>, path: &str, analysis: &Analysis) {
    let every = format!("{path}.every");
    rules.between(&every, analysis.every, bounds::SHORTEST_EVERY, bounds::LONGEST_DEADLINE);
    let consecutive = format!("{path}.consecutive");
    rules.count(&consecutive, analysis.consecutive, 1, bounds::MOST_CONSECUTIVE);
    let budget = format!("{path}.unknown_budget");
    rules.positive(&budget, analysis.unknown_budget, bounds::LONGEST_WAIT);
    if analysis.unknown_budget < analysis.every && rules.sound(&every) {
        let [budgeted, interval] = [analysis.unknown_budget, analysis.every].map(duration::format);
        let message = format!(
            "{budgeted} is shorter than one interval ({interval}), so the first lost sample would \
             already be a breach; write {interval} or more"
        );
        rules.problem(&budget, message);
    }
    rules.at_most(&format!("{path}.limits"), analysis.limits.len(), bounds::MOST_LIMITS);
    rules.at_most(&format!("{path}.recorded"), analysis.recorded.len(), bounds::MOST_RECORDED);
    for (index, limit) in analysis.limits.iter().enumerate() {
        one_limit(rules, &format!("{path}.limits[{index}]"), limit);
    }
    let keys = analysis.limits.iter().map(|limit| format!("{} ({})", limit.metric, limit.severity));
    rules.unique("limit", keys, |index| format!("{path}.limits[{index}]"));
    rules.unique("metric", &analysis.recorded, |index| format!("{path}.recorded[{index}]"));
    for (index, metric) in analysis.recorded.iter().enumerate() {
        if analysis.limits.iter().any(|limit| limit.metric == *metric) {
            let message = format!("\"{metric}\" has a limit, so it is recorded anyway; remove it");
            rules.problem(&format!("{path}.recorded[{index}]"), message);
        }
    }
}

/// A phase whose outcome rests on its limits has at least one.
pub(super) fn has_limits(rules: &mut Rules<'_>, path: &str, analysis: &Analysis) {
    if analysis.limits.is_empty() {
        rules.problem(
            &format!("{path}.limits"),
            "is empty, so nothing would be judged; add at least an error rate",
        );
    }
}

/// The time that is watched is long enough to sample, and for the failure limit to be reached.
pub(super) fn fits(
    rules: &mut Rules<'_>,
    path: &str,
    length: Duration,
    analysis_path: &str,
    analysis: &Analysis,
) {
    if !rules.sound(&format!("{analysis_path}.every")) {
        return;
    }
    // After the first bad sample the next comes as soon as the assessment asks for it.
    let again = analysis.every.min(rules.plan.faults.remeasure_within);
    let more = analysis.consecutive.saturating_sub(1);
    let needed = again.saturating_mul(more).saturating_add(analysis.every);
    let [shown, every, again] = [length, analysis.every, again].map(duration::format);
    if length < analysis.every {
        let message = format!(
            "{shown} is shorter than the time between two samples ({analysis_path}.every = \
             {every}), so it would end unmeasured; make it longer or sample more often"
        );
        rules.problem(path, message);
    } else if length < needed
        && rules.sound(&format!("{analysis_path}.consecutive"))
        && rules.sound("faults.remeasure_within")
    {
        let message = format!(
            "{shown} is too short for {} bad samples in a row: the first comes after {every}, each \
             further one {again} later; make it {} or longer, or lower {analysis_path}.consecutive",
            analysis.consecutive,
            duration::format(needed)
        );
        rules.problem(path, message);
    }
}

fn one_limit(rules: &mut Rules<'_>, path: &str, limit: &Limit) {
    match limit.bound {
        Bound::ErrorRate { below_ppm } => {
            rate(rules, path, below_ppm, MILLION);
            critical(rules, path, limit, Some(below_ppm));
        }
        Bound::Events { below_ppm } => {
            rate(rules, path, below_ppm, MILLION);
            critical(rules, path, limit, None);
        }
        Bound::SlowerThan { than, over_ppm } => {
            rules.positive(path, than, bounds::LONGEST_CALL);
            rate(rules, path, over_ppm, MILLION - 1);
            critical(rules, path, limit, Some(over_ppm));
        }
        Bound::Gauge { below_micros } => {
            if limit.critical_at.is_some() && below_micros <= 0 {
                rules.problem(
                    &format!("{path}.critical_at"),
                    "is a multiple of the bound, which is not above 0; use a second limit with \
                     severity \"critical\"",
                );
            }
            critical(rules, path, limit, None);
        }
        Bound::Throughput { at_least_per_kilosecond } => {
            if at_least_per_kilosecond == 0 {
                rules
                    .problem(path, "a throughput of at least 0 always holds; write a rate above 0");
            }
            if limit.critical_at.is_some() {
                rules.problem(
                    &format!("{path}.critical_at"),
                    "is for bounds from above; a throughput is bounded from below",
                );
            }
        }
    }
}

fn rate(rules: &mut Rules<'_>, path: &str, ppm: u32, most: u32) {
    if ppm == 0 {
        rules.problem(path, "a limit of 0 % can never hold; write a share above 0");
    } else if ppm > most {
        let message = format!("a limit of {} can never fire; write a share below it", percent(ppm));
        rules.problem(path, message);
    }
}

/// `critical_at` can be reached: no share is above the whole.
fn critical(rules: &mut Rules<'_>, path: &str, limit: &Limit, share_ppm: Option<u32>) {
    let Some(times) = limit.critical_at else { return };
    let path = format!("{path}.critical_at");
    if times < 2 {
        let message = format!("{times} times the bound is no more than the bound; write 2 or more");
        rules.problem(&path, message);
    } else if limit.severity == Severity::Critical {
        rules.problem(&path, "every breach of this limit is critical already; remove one of both");
    } else if let Some(ppm) = share_ppm
        && u64::from(ppm) * u64::from(times) > u64::from(MILLION)
    {
        let message = format!(
            "{times} times {} is more than all requests and can never be reached; lower it",
            percent(ppm)
        );
        rules.problem(&path, message);
    }
}

fn percent(ppm: u32) -> String {
    let (whole, part) = (ppm / 10_000, ppm % 10_000);
    let text = format!("{whole}.{part:04}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

const MILLION: u32 = 1_000_000;
