//! Fills the builder from the file, section by section.

mod analysis;
mod gates;
mod people;
mod phases;
mod policy;

use super::super::PlanBuilder;
use super::section::Section;
use crate::value::Revision;

/// Reads the whole file. What was wrong is in the section's list of problems.
pub(super) fn plan(mut file: Section<'_>) -> PlanBuilder {
    let mut plan = PlanBuilder::empty();
    let service = file.need("service", "the name of the service that is deployed");
    plan.service = service.and_then(|entry| entry.parsed());
    put(&mut plan.zone, file.get("zone").and_then(|entry| entry.text()));
    plan.times.day = file.get("day").and_then(|entry| entry.day());
    plan.green = green(file.section("green"));
    people::people(&mut plan, file.section("people"));
    gates::checklists(&mut plan, file.list("checklists"));
    gates::start(&mut plan, file.section("start"));
    phases::preflight(&mut plan, file.section("preflight"));
    phases::provision(&mut plan, file.section("provision"));
    phases::verify(&mut plan, file.section("verify"));
    gates::approval(&mut plan, file.section("approval"));
    plan.limits = analysis::limits(file.list("limits"));
    phases::shift(&mut plan, file.section("shift"));
    phases::bake(&mut plan, file.section("bake"));
    phases::confirm(&mut plan, file.section("confirm"));
    phases::retain(&mut plan, file.section("retain"));
    phases::retire(&mut plan, file.section("retire"));
    phases::watch(&mut plan, file.section("watch"));
    policy::faults(&mut plan.faults, file.section("faults"));
    policy::rollback(&mut plan.rollback, file.section("rollback"));
    policy::timing(&mut plan.timing, file.section("timing"));
    file.finish();
    plan
}

fn green(mut section: Section<'_>) -> Option<Revision> {
    let image = section.need("image", "the new image, without a tag");
    let digest = section.need("digest", "the image's digest, sha256: and 64 digits");
    let image = image.and_then(|entry| entry.text());
    let digest = digest.and_then(|entry| entry.parsed());
    section.finish();
    Some(Revision::new(image?, digest?))
}

/// Overwrites a default, if the file has a value.
fn put<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// Notes the time of a key, to be resolved when zone and day are known.
fn time(plan: &mut PlanBuilder, section: &mut Section<'_>, key: &'static str) {
    if let Some(when) = section.get(key).and_then(|entry| entry.when()) {
        plan.times.single.insert(section.path(key), when);
    }
}
