//! `[faults]`, `[rollback]`, `[timing]`, and the waits in them.

use super::super::super::{
    CriticalPolicy, FaultPolicy, OtherwisePolicy, RollbackPolicy, Timing, WaitPolicy,
};
use super::super::section::Section;
use super::gates::OTHERWISE;
use super::put;

pub(super) fn faults(faults: &mut FaultPolicy, mut section: Section<'_>) {
    put(&mut faults.assess_within, section.get("assess_within").and_then(|entry| entry.duration()));
    put(
        &mut faults.remeasure_within,
        section.get("remeasure_within").and_then(|entry| entry.duration()),
    );
    if let Some(entry) = section.get("critical") {
        if entry.is_table() {
            faults.critical = decide(entry.section());
        } else {
            put(&mut faults.critical, entry.choice(&[("cut", ())]).map(|()| CriticalPolicy::Cut));
        }
    }
    wait(&mut faults.pause, section.section("pause"), "within");
    wait(&mut faults.drift, section.section("drift"), "within");
    put(
        &mut faults.rescale_at_most,
        section.get("rescale_at_most").and_then(|entry| entry.whole()),
    );
    wait(&mut faults.stalled, section.section("stalled"), "within");
    wait(&mut faults.no_safe_side, section.section("no_safe_side"), "within");
    section.finish();
}

/// Users are on the bad version meanwhile: how long people may take, and what then, is said.
fn decide(mut section: Section<'_>) -> CriticalPolicy {
    let within = section.need("decide_within", "how long people may take, such as \"2m\"");
    let otherwise = section.need("otherwise", "\"roll_back\" or \"stop\"");
    let owner = section.get("owner").and_then(|entry| entry.parsed());
    let within = within.and_then(|entry| entry.duration());
    let otherwise = otherwise.and_then(|entry| entry.choice(&OTHERWISE));
    section.finish();
    // What is missing has been reported, so these stand-ins never run.
    let within = within.unwrap_or(std::time::Duration::from_mins(1));
    let otherwise = otherwise.unwrap_or(OtherwisePolicy::RollBack);
    CriticalPolicy::Decide(WaitPolicy { within, otherwise, owner })
}

/// Reads a wait over its defaults.
pub(super) fn wait(wait: &mut WaitPolicy, mut section: Section<'_>, within: &'static str) {
    put(&mut wait.within, section.get(within).and_then(|entry| entry.duration()));
    put(&mut wait.otherwise, section.get("otherwise").and_then(|entry| entry.choice(&OTHERWISE)));
    if let Some(owner) = section.get("owner").and_then(|entry| entry.parsed()) {
        wait.owner = Some(owner);
    }
    section.finish();
}

pub(super) fn rollback(policy: &mut RollbackPolicy, mut section: Section<'_>) {
    put(&mut policy.budget, section.get("budget").and_then(|entry| entry.duration()));
    put(&mut policy.attempts, section.get("attempts").and_then(|entry| entry.whole()));
    section.finish();
}

pub(super) fn timing(timing: &mut Timing, mut section: Section<'_>) {
    for (key, target) in [
        ("forward_write", &mut timing.forward_write),
        ("forward_read", &mut timing.forward_read),
        ("rollback_write", &mut timing.rollback_write),
        ("rollback_read", &mut timing.rollback_read),
        ("forward_backoff", &mut timing.forward_backoff),
        ("rollback_backoff", &mut timing.rollback_backoff),
        ("forward_patience", &mut timing.forward_patience),
        ("observe_timeout", &mut timing.observe_timeout),
        ("observe_every", &mut timing.observe_every),
        ("quiet", &mut timing.quiet),
        ("poll", &mut timing.poll),
        ("fresh", &mut timing.fresh),
    ] {
        put(target, section.get(key).and_then(|entry| entry.duration()));
    }
    section.finish();
}
