//! `[[checklists]]`, `[start]`, `[approval]`, and the lists of checks in the phases.

use super::super::super::builder::CHECK_DEADLINE;
use super::super::super::{
    CheckSpec, Checklist, ChecklistItem, ConfirmedBy, OtherwisePolicy, PlanBuilder,
};
use super::super::entry::Entry;
use super::super::section::Section;
use super::{put, time};

pub(super) fn checklists(plan: &mut PlanBuilder, lists: Vec<Entry<'_>>) {
    for entry in lists {
        let mut list = entry.section();
        let name = list.need("name", "what people call the list").and_then(|entry| entry.text());
        time(plan, &mut list, "due");
        let items = list.list("items").into_iter().filter_map(item).collect();
        list.finish();
        let name = name.unwrap_or_default();
        plan.checklists.push(Checklist { name, due: None, items });
    }
}

fn item(entry: Entry<'_>) -> Option<ChecklistItem> {
    let mut table = entry.section();
    let item = table.need("item", "what must be true").and_then(|entry| entry.text());
    let (role, check) = (table.get("role"), table.get("check"));
    let confirmed_by = match (role, check) {
        (Some(role), None) => role.parsed().map(ConfirmedBy::Role),
        (None, Some(check)) => check.parsed().map(ConfirmedBy::Check),
        (None, None) | (Some(_), Some(_)) => {
            table.problem("needs either a `role` whose person confirms it or a `check` that does");
            None
        }
    };
    table.finish();
    Some(ChecklistItem { item: item?, confirmed_by: confirmed_by? })
}

pub(super) fn start(plan: &mut PlanBuilder, mut section: Section<'_>) {
    put(&mut plan.start.grace, section.get("grace").and_then(|entry| entry.duration()));
    for entry in section.list("freeze_windows") {
        let mut window = entry.section();
        let name = window.need("name", "why nothing may start").and_then(|entry| entry.text());
        let from = window.need("from", "its first moment").and_then(|entry| entry.when());
        let until =
            window.need("until", "the first moment after it").and_then(|entry| entry.when());
        window.finish();
        plan.times.freezes.push((name.unwrap_or_default(), from, until));
    }
    let mut flag = |key| section.get(key).and_then(|entry| entry.flag());
    put(
        &mut plan.start.dangerous_start_with_unhealthy_blue,
        flag("dangerous_start_with_unhealthy_blue"),
    );
    put(&mut plan.start.dangerous_trust_read_back, flag("dangerous_trust_read_back"));
    section.finish();
}

pub(super) fn approval(plan: &mut PlanBuilder, mut section: Section<'_>) {
    if !section.is_there() {
        return;
    }
    let roles = section.list("roles").iter().filter_map(Entry::parsed).collect();
    time(plan, &mut section, "not_before");
    plan.quorum = section.get("quorum").and_then(|entry| entry.whole());
    let expires_after = section.get("expires_after").and_then(|entry| entry.duration());
    let on_expiry = section.get("on_expiry").and_then(|entry| entry.choice(&OTHERWISE));
    section.finish();
    let approval = plan.approval_mut();
    approval.roles = roles;
    put(&mut approval.expires_after, expires_after);
    put(&mut approval.on_expiry, on_expiry);
}

/// A list of checks, each its name alone or a table.
pub(super) fn checks(section: &mut Section<'_>, key: &'static str) -> Vec<CheckSpec> {
    section.list(key).into_iter().filter_map(check).collect()
}

fn check(entry: Entry<'_>) -> Option<CheckSpec> {
    let mut spec = (None, Vec::new(), CHECK_DEADLINE);
    if entry.is_text() {
        spec.0 = entry.parsed();
    } else {
        let mut table = entry.section();
        if !table.is_there() {
            return None;
        }
        spec.0 = table.need("name", "the name of the check").and_then(|entry| entry.parsed());
        spec.1 = table.list("cases").iter().filter_map(Entry::text).collect();
        put(&mut spec.2, table.get("deadline").and_then(|entry| entry.duration()));
        table.finish();
    }
    let (name, cases, deadline) = spec;
    name.map(|name| CheckSpec { name, cases, deadline })
}

/// What happens when nobody answered.
pub(super) const OTHERWISE: [(&str, OtherwisePolicy); 3] = [
    ("roll_back", OtherwisePolicy::RollBack),
    ("stop", OtherwisePolicy::Stop),
    ("proceed", OtherwisePolicy::Proceed),
];
