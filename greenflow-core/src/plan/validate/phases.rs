//! The phases that do work.

use std::time::Duration;

use super::super::{Step, bounds};
use super::analysis::{analysis, fits, has_limits};
use super::rules::Rules;
use crate::value::{Weight, duration};

pub(super) fn preflight(rules: &mut Rules<'_>) {
    let preflight = &rules.plan.preflight;
    rules.positive("preflight.deadline", preflight.deadline, bounds::LONGEST_DEADLINE);
    rules.checks("preflight.checks", &preflight.checks);
}

pub(super) fn provision(rules: &mut Rules<'_>) {
    let provision = &rules.plan.provision;
    rules.positive("provision.deadline", provision.deadline, bounds::LONGEST_DEADLINE);
    if let Some(capacity) = provision.capacity {
        rules.count("provision.capacity", capacity, 1, bounds::MOST_TARGETS);
    }
    rules.at_most("provision.probes", provision.probes.len(), bounds::MOST_PROBES);
    rules.unique("probe", provision.probes.iter().map(|probe| &probe.name), |index| {
        format!("provision.probes[{index}]")
    });
    for (index, probe) in provision.probes.iter().enumerate() {
        let path = format!("provision.probes[{index}].successes");
        rules.count(&path, probe.successes, 1, bounds::MOST_SUCCESSES);
        in_time(rules, &path, probe.successes);
    }
}

/// A probe can succeed so often before green's time is over.
fn in_time(rules: &mut Rules<'_>, path: &str, successes: u32) {
    let (poll, deadline) = (rules.plan.timing.poll, rules.plan.provision.deadline);
    let needed = poll.saturating_mul(successes.saturating_sub(1));
    if needed >= deadline
        && !deadline.is_zero()
        && rules.sound("timing.poll")
        && rules.sound("provision.deadline")
    {
        let [poll, deadline, needed] = [poll, deadline, needed].map(duration::format);
        let message = format!(
            "{successes} in a row, one every {poll} (timing.poll), take {needed}, and \
             provision.deadline is {deadline}; write fewer, or allow more time"
        );
        rules.problem(path, message);
    }
}

pub(super) fn verify(rules: &mut Rules<'_>) {
    rules.checks("verify.suites", &rules.plan.verify.suites);
}

pub(super) fn shift(rules: &mut Rules<'_>) {
    let shift = &rules.plan.shift;
    steps(rules, &shift.steps);
    holds(rules, &shift.steps);
    analysis(rules, "shift.analysis", &shift.analysis);
    has_limits(rules, "shift.analysis", &shift.analysis);
    rules.count("shift.max_extensions", shift.max_extensions, 0, bounds::MOST_EXTENSIONS);
    let (least, most) = (*bounds::HEADROOM_PERCENT.start(), *bounds::HEADROOM_PERCENT.end());
    rules.count("shift.headroom_percent", shift.headroom_percent, least, most);
}

pub(super) fn bake(rules: &mut Rules<'_>) {
    let (shift, bake) = (&rules.plan.shift, &rules.plan.bake);
    // The final checks are watched by it too, also when there is no bake.
    analysis(rules, "bake.analysis", &bake.analysis);
    has_limits(rules, "bake.analysis", &bake.analysis);
    let last_hold = shift.steps.last().map_or(Duration::ZERO, |step| step.hold);
    if bake.duration.is_zero() {
        if last_hold.is_zero() && rules.sound("shift.steps") {
            rules.problem(
                "bake.for",
                "nobody would watch green at 100 %; give the bake or the last step a time",
            );
        }
        return;
    }
    rules.positive("bake.for", bake.duration, bounds::LONGEST_WAIT);
    fits(rules, "bake.for", bake.duration, "bake.analysis", &bake.analysis);
}

pub(super) fn confirm(rules: &mut Rules<'_>) {
    let confirm = &rules.plan.confirm;
    rules.checks("confirm.checks", &confirm.checks);
    rules.at_most("confirm.success_signals", confirm.success_signals.len(), bounds::MOST_SIGNALS);
    for (index, signal) in confirm.success_signals.iter().enumerate() {
        rules.said(&format!("confirm.success_signals[{index}]"), signal);
    }
    rules.roles("confirm.acknowledge", &confirm.acknowledge);
    rules.wait("confirm.unacknowledged", "within", &confirm.unacknowledged);
}

pub(super) fn retain_and_retire(rules: &mut Rules<'_>) {
    let (bake, retain) = (&rules.plan.bake, &rules.plan.retain);
    let path = "retain.at_least";
    rules.between(path, retain.at_least, Duration::ZERO, bounds::LONGEST_WAIT);
    if retain.at_least.is_zero() {
        rules.problem(path, "0s would leave no way back; keep blue for some time, such as \"72h\"");
    } else if retain.at_least < bake.duration && rules.sound("bake.for") {
        let [kept, baked] = [retain.at_least, bake.duration].map(duration::format);
        let message = format!(
            "{kept} is shorter than the bake ({baked}), which may still roll back; make it longer"
        );
        rules.problem(path, message);
    }
    let retire = &rules.plan.retire;
    rules.checks("retire.checks", &retire.checks);
    if !retire.remove_blue && rules.sound("retire.remove_blue") {
        let message = "would never be run: it precedes the removal of blue, and retire.remove_blue \
                       is false; remove it, or have blue removed";
        if !retire.checks.is_empty() {
            rules.problem("retire.checks", message);
        }
        if retire.backup.is_some() {
            rules.problem("retire.backup", message);
        }
    }
}

pub(super) fn watch(rules: &mut Rules<'_>) {
    let watch = &rules.plan.watch;
    rules.between("watch.for", watch.duration, Duration::ZERO, bounds::LONGEST_WAIT);
    rules.at_most("watch.reports", watch.reports.len(), bounds::MOST_REPORTS);
    // The removal of blue is judged by it too, also when there is no watch.
    analysis(rules, "watch.analysis", &watch.analysis);
    if watch.duration.is_zero() {
        if !watch.reports.is_empty() {
            rules.problem("watch.reports", "there is no watch to report on; give watch.for a time");
        }
        return;
    }
    fits(rules, "watch.for", watch.duration, "watch.analysis", &watch.analysis);
}

fn steps(rules: &mut Rules<'_>, steps: &[Step]) {
    let path = "shift.steps";
    rules.at_most(path, steps.len(), bounds::MOST_STEPS);
    let mut before: Option<Weight> = None;
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{path}[{index}].green");
        match before {
            _ if step.green == Weight::ZERO => {
                rules.problem(&at, "a step of 0 % moves no traffic; write more than 0 %");
            }
            Some(before) if step.green == before => {
                let message = format!("{before} is the weight of the step before; remove one");
                rules.problem(&at, message);
            }
            Some(before) if step.green < before => {
                let message = format!("{} comes after {before}; steps must rise", step.green);
                rules.problem(&at, message);
            }
            Some(_) | None => {}
        }
        before = Some(step.green);
    }
    match before {
        None => rules.problem(path, "is empty; write at least one step, the last one 100 %"),
        Some(last) if last != Weight::FULL => {
            let at = format!("{path}[{}].green", steps.len().saturating_sub(1));
            rules.problem(&at, format!("the last step is {last}; it must be 100 %"));
        }
        Some(_) => {}
    }
}

fn holds(rules: &mut Rules<'_>, steps: &[Step]) {
    let watched = &rules.plan.shift.analysis;
    for (index, step) in steps.iter().enumerate() {
        let path = format!("shift.steps[{index}].hold");
        // The bake watches the last step when it has no hold of its own.
        let last = index + 1 == steps.len();
        if step.hold.is_zero() && !last {
            rules.problem(&path, "has no length; write how long the step is held, such as \"5m\"");
        } else if !step.hold.is_zero() {
            rules.positive(&path, step.hold, bounds::LONGEST_WAIT);
            fits(rules, &path, step.hold, "shift.analysis", watched);
        }
    }
}
