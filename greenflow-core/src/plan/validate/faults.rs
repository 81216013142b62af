//! What happens on a breach, the promise about the way back, and deadlines.

use std::time::Duration;

use super::super::{
    CriticalPolicy, MOST_PARTS, OtherwisePolicy, RollbackTimes, WaitPolicy, assessment, bounds,
};
use super::rules::Rules;
use crate::value::duration;

pub(super) fn policy(rules: &mut Rules<'_>) {
    let faults = &rules.plan.faults;
    rules.positive("faults.assess_within", faults.assess_within, bounds::LONGEST_CALL);
    rules.positive("faults.remeasure_within", faults.remeasure_within, bounds::LONGEST_CALL);
    if faults.remeasure_within > faults.assess_within && rules.sound("faults.assess_within") {
        let [again, assess] = [faults.remeasure_within, faults.assess_within].map(duration::format);
        let message = format!("{again} is longer than the assessment may take ({assess})");
        rules.problem("faults.remeasure_within", message);
    } else {
        assessed_in_time(rules);
    }
    match &faults.critical {
        CriticalPolicy::Cut => {}
        CriticalPolicy::Decide(wait) => {
            rules.wait("faults.critical", "decide_within", wait);
            never_proceeds(rules, "faults.critical", wait);
        }
    }
    rules.count("faults.rescale_at_most", faults.rescale_at_most, 0, bounds::MOST_RESCALES);
    rules.wait("faults.pause", "within", &faults.pause);
    for (path, wait) in [
        ("faults.drift", &faults.drift),
        ("faults.stalled", &faults.stalled),
        ("faults.no_safe_side", &faults.no_safe_side),
    ] {
        rules.wait(path, "within", wait);
        never_proceeds(rules, path, wait);
    }
}

/// A breach is confirmed before the assessment is over, or `consecutive` says nothing.
fn assessed_in_time(rules: &mut Rules<'_>) {
    let mut paths = vec!["faults.remeasure_within", "timing.forward_read"];
    paths.extend(rules.plan.analyses().map(|(path, _)| path));
    if let Some(message) = assessment::too_short(rules.plan, Duration::ZERO)
        && paths.into_iter().all(|path| rules.sound(path))
    {
        rules.problem("faults.assess_within", message);
    }
}

pub(super) fn rollback(rules: &mut Rules<'_>) {
    let plan = rules.plan;
    let policy = &plan.rollback;
    rules.positive("rollback.budget", policy.budget, bounds::LONGEST_DEADLINE);
    rules.count("rollback.attempts", policy.attempts, 1, bounds::MOST_ATTEMPTS);
    let cut = RollbackTimes::cut_worst_of(policy, &plan.timing);
    let sound = ["timing", "rollback.attempts"].iter().all(|path| rules.sound(path));
    if cut > policy.budget && sound {
        let message = format!(
            "{} is too short: the cut takes up to {} ({} attempts of write {}, read {} and pause \
             {}); allow more time, fewer attempts or shorter deadlines",
            duration::format(policy.budget),
            duration::format(cut),
            policy.attempts,
            duration::format(plan.timing.rollback_write),
            duration::format(plan.timing.rollback_read),
            duration::format(plan.timing.rollback_backoff),
        );
        rules.problem("rollback.budget", message);
    }
}

pub(super) fn timing(rules: &mut Rules<'_>) {
    let timing = &rules.plan.timing;
    for (name, value, most) in [
        ("forward_write", timing.forward_write, bounds::LONGEST_CALL),
        ("forward_read", timing.forward_read, bounds::LONGEST_CALL),
        ("rollback_write", timing.rollback_write, bounds::LONGEST_CALL),
        ("rollback_read", timing.rollback_read, bounds::LONGEST_CALL),
        ("forward_backoff", timing.forward_backoff, bounds::LONGEST_CALL),
        ("rollback_backoff", timing.rollback_backoff, bounds::LONGEST_CALL),
        ("forward_patience", timing.forward_patience, bounds::LONGEST_DEADLINE),
        ("observe_timeout", timing.observe_timeout, bounds::LONGEST_DEADLINE),
        ("observe_every", timing.observe_every, bounds::LONGEST_CALL),
        ("quiet", timing.quiet, bounds::LONGEST_CALL),
        ("poll", timing.poll, bounds::LONGEST_CALL),
        ("fresh", timing.fresh, bounds::LONGEST_CALL),
    ] {
        rules.positive(&format!("timing.{name}"), value, most);
    }
    not_below(
        rules,
        ("forward_patience", timing.forward_patience),
        ("forward_write", timing.forward_write),
    );
    not_below(
        rules,
        ("observe_timeout", timing.observe_timeout),
        ("observe_every", timing.observe_every),
    );
    if !rules.plan.start.dangerous_trust_read_back {
        observable(rules);
    }
}

/// The requests can show that blue gets none, as the last step needs.
fn observable(rules: &mut Rules<'_>) {
    let (timing, analysis) = (&rules.plan.timing, &rules.plan.shift.analysis);
    let needed = timing.quiet.saturating_add(timing.observe_every);
    // Shorter than one interval was reported already.
    let allowed = timing.observe_timeout;
    if (timing.observe_every..needed).contains(&allowed)
        && ["timing.quiet", "timing.observe_every"].iter().all(|path| rules.sound(path))
    {
        let [allowed, needed] = [allowed, needed].map(duration::format);
        let message = format!(
            "{allowed} is too short for the requests to show 100 %: that takes timing.quiet and \
             one interval (timing.observe_every); write {needed} or more"
        );
        rules.problem("timing.observe_timeout", message);
    }
    let interval = analysis.every.min(timing.observe_every);
    let most = interval.saturating_mul(u32::try_from(MOST_PARTS).unwrap_or(u32::MAX));
    if timing.quiet > most
        && !most.is_zero()
        && ["timing.observe_every", "shift.analysis.every"].iter().all(|path| rules.sound(path))
    {
        let [quiet, most, interval] = [timing.quiet, most, interval].map(duration::format);
        let message = format!(
            "{quiet} can never be shown: at most {MOST_PARTS} intervals are put together, here of \
             {interval}; write {most} or less, or make timing.observe_every and \
             shift.analysis.every longer"
        );
        rules.problem("timing.quiet", message);
    }
}

fn not_below(rules: &mut Rules<'_>, longer: (&str, Duration), shorter: (&str, Duration)) {
    let (long, short) = (format!("timing.{}", longer.0), format!("timing.{}", shorter.0));
    if longer.1 < shorter.1 && rules.sound(&short) {
        let [longer, shorter] = [longer.1, shorter.1].map(duration::format);
        let message = format!("{longer} is shorter than {short} ({shorter}); make it longer");
        rules.problem(&long, message);
    }
}

/// Where traffic may be in the wrong place, silence is no consent.
fn never_proceeds(rules: &mut Rules<'_>, path: &str, wait: &WaitPolicy) {
    if wait.otherwise == OtherwisePolicy::Proceed {
        rules.problem(
            &format!("{path}.otherwise"),
            "going on without an answer is not safe here; write \"roll_back\" or \"stop\"",
        );
    }
}
