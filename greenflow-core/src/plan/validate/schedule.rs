//! The times of day follow the order of the phases.

use super::rules::Rules;
use crate::value::WallTime;

pub(super) fn rising(rules: &mut Rules<'_>) {
    phases(rules);
    checklists(rules);
    reports(rules);
}

fn phases(rules: &mut Rules<'_>) {
    let plan = rules.plan;
    let mut before: Option<(&str, WallTime)> = None;
    for (path, time) in [
        ("preflight.not_before", plan.preflight.not_before),
        ("provision.not_before", plan.provision.not_before),
        ("verify.not_before", plan.verify.not_before),
        ("approval.not_before", plan.approval.as_ref().and_then(|approval| approval.not_before)),
        ("shift.not_before", plan.shift.not_before),
        ("confirm.not_before", plan.confirm.not_before),
    ] {
        let Some(time) = time else { continue };
        if let Some((earlier, at)) = before {
            not_earlier(rules, (path, time), (earlier, at));
        }
        before = Some((path, time));
    }
    // Watching and retaining run side by side.
    for (path, time) in
        [("watch.not_before", plan.watch.not_before), ("retain.due", plan.retain.due)]
    {
        if let (Some(time), Some((earlier, at))) = (time, before) {
            not_earlier(rules, (path, time), (earlier, at));
        }
    }
    if let (Some(due), Some((earlier, at))) = (plan.retain.due, before)
        && due > at.after(super::super::bounds::LONGEST_WAIT)
        && rules.sound(earlier)
    {
        let message = format!("{} is more than a year away; choose a nearer day", rules.show(due));
        rules.problem("retain.due", message);
    }
}

fn not_earlier(rules: &mut Rules<'_>, later: (&str, WallTime), earlier: (&str, WallTime)) {
    if later.1 < earlier.1 && rules.sound(earlier.0) {
        let message = format!(
            "{} is earlier than {} ({}); times must follow the order of the phases",
            rules.show(later.1),
            earlier.0,
            rules.show(earlier.1)
        );
        rules.problem(later.0, message);
    }
}

/// A list that is due after green was provisioned could not stop anything.
fn checklists(rules: &mut Rules<'_>) {
    let plan = rules.plan;
    let Some(provision) = plan.provision.not_before else { return };
    for (index, list) in plan.checklists.iter().enumerate() {
        let Some(due) = list.due.filter(|due| *due > provision) else { continue };
        if rules.sound("provision.not_before") {
            let message = format!(
                "{} is after green is provisioned ({}), too late to stop the start; make it \
                 earlier",
                rules.show(due),
                rules.show(provision)
            );
            rules.problem(&format!("checklists[{index}].due"), message);
        }
    }
}

fn reports(rules: &mut Rules<'_>) {
    let reports = &rules.plan.watch.reports;
    for (index, pair) in reports.windows(2).enumerate() {
        if let [before, after] = pair
            && after <= before
        {
            let [before, after] = [*before, *after].map(|at| rules.show(at));
            let message = format!("{after} does not come after {before}; reports must rise");
            rules.problem(&format!("watch.reports[{}]", index + 1), message);
        }
    }
}
