//! The sections of the phases.

use std::time::Duration;

use super::super::super::builder::{PROBE_SUCCESSES, SAMPLE_EVERY, WATCH_EVERY};
use super::super::super::{Analysis, PlanBuilder, Preset, ProbeSpec, Step};
use super::super::entry::Entry;
use super::super::section::Section;
use super::analysis::analysis;
use super::gates::checks;
use super::policy::wait;
use super::{put, time};
use crate::value::Weight;

pub(super) fn preflight(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    put(&mut plan.preflight.deadline, section.get("deadline").and_then(|entry| entry.duration()));
    plan.preflight.checks = checks(&mut section, "checks");
    section.finish();
}

pub(super) fn provision(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    put(&mut plan.provision.deadline, section.get("deadline").and_then(|entry| entry.duration()));
    plan.provision.capacity = section.get("capacity").and_then(|entry| entry.whole());
    plan.provision.probes = section.list("probes").into_iter().filter_map(probe).collect();
    section.finish();
}

fn probe(entry: Entry<'_>) -> Option<ProbeSpec> {
    if entry.is_text() {
        return entry.parsed().map(|name| ProbeSpec { name, successes: PROBE_SUCCESSES });
    }
    let mut table = entry.section();
    if !table.is_there() {
        return None;
    }
    let name = table.need("name", "the name of the probe").and_then(|entry| entry.parsed());
    let successes = table.get("successes").and_then(|entry| entry.whole());
    table.finish();
    name.map(|name| ProbeSpec { name, successes: successes.unwrap_or(PROBE_SUCCESSES) })
}

pub(super) fn verify(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    plan.verify.suites = checks(&mut section, "suites");
    section.finish();
}

pub(super) fn shift(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    for entry in section.list("steps") {
        let mut step = entry.section();
        if !step.is_there() {
            continue;
        }
        let green = step.need("green", "green's share, such as \"10 %\"");
        let green = green.and_then(|entry| entry.weight()).unwrap_or(Weight::ZERO);
        // The last step needs no hold, since the bake follows; the validation knows which is last.
        let hold = step.get("hold").and_then(|entry| entry.duration()).unwrap_or(Duration::ZERO);
        step.finish();
        plan.steps.push(Step { green, hold });
    }
    plan.preset = section.get("preset").and_then(|entry| preset(&entry));
    plan.shift_analysis = analysis(section.section("analysis"), Analysis::every(SAMPLE_EVERY));
    put(&mut plan.max_extensions, section.get("max_extensions").and_then(|entry| entry.whole()));
    put(
        &mut plan.headroom_percent,
        section.get("headroom_percent").and_then(|entry| entry.whole()),
    );
    section.finish();
}

/// What cannot be read is a problem; some preset goes on in its place, so that the missing steps
/// are not another.
fn preset(entry: &Entry<'_>) -> Option<Preset> {
    let named = entry.text().and_then(|name| {
        let known = Preset::named(&name);
        if known.is_none() {
            entry.problem(Preset::unknown(&name));
        }
        known
    });
    named.or_else(|| Preset::all().first().copied())
}

pub(super) fn bake(plan: &mut PlanBuilder, mut section: Section<'_>) {
    plan.bake = section.get("for").and_then(|entry| entry.duration());
    plan.bake_analysis = analysis(section.section("analysis"), Analysis::every(SAMPLE_EVERY));
    section.finish();
}

pub(super) fn confirm(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    let confirm = &mut plan.confirm;
    confirm.checks = checks(&mut section, "checks");
    confirm.success_signals =
        section.list("success_signals").iter().filter_map(Entry::text).collect();
    confirm.acknowledge = section.list("acknowledge").iter().filter_map(Entry::parsed).collect();
    wait(&mut confirm.unacknowledged, section.section("unacknowledged"), "within");
    put(
        &mut confirm.notify_customers,
        section.get("notify_customers").and_then(|entry| entry.flag()),
    );
    section.finish();
}

pub(super) fn retain(plan: &mut PlanBuilder, mut section: Section<'_>) {
    plan.retain = section.get("at_least").and_then(|entry| entry.duration());
    time(plan, &mut section, "due");
    section.finish();
}

pub(super) fn retire(plan: &mut PlanBuilder, mut section: Section<'_>) {
    plan.remove_blue = section.get("remove_blue").and_then(|entry| entry.flag());
    plan.retire_checks = checks(&mut section, "checks");
    plan.backup = section.get("backup").and_then(|entry| entry.parsed());
    section.finish();
}

pub(super) fn watch(plan: &mut PlanBuilder, mut section: Section<'_>) {
    time(plan, &mut section, "not_before");
    put(&mut plan.watch, section.get("for").and_then(|entry| entry.duration()));
    let default = Analysis::every(WATCH_EVERY).min_requests(0);
    plan.watch_analysis = analysis(section.section("analysis"), default);
    match section.get("reports") {
        Some(entry) if entry.is_table() => {
            let mut daily = entry.section();
            let first = daily.need("first", "the time of the first report");
            let days = daily.need("days", "how many days there is one");
            let first = first.and_then(|entry| entry.when());
            let days = days.and_then(|entry| entry.whole());
            daily.finish();
            plan.times.daily = first.zip(days);
        }
        Some(entry) => {
            let reports = entry.list().unwrap_or_default();
            plan.times.reports = reports.iter().filter_map(Entry::when).collect();
        }
        None => {}
    }
    section.finish();
}
