//! Checklists, the start and the approval.

use std::collections::BTreeMap;

use super::super::{ChecklistItem, ConfirmedBy, FreezeWindow, OtherwisePolicy, bounds};
use super::rules::Rules;

pub(super) fn checklists(rules: &mut Rules<'_>) {
    let plan = rules.plan;
    let lists = &plan.checklists;
    rules.at_most("checklists", lists.len(), bounds::MOST_LISTS);
    rules.unique("checklist", lists.iter().map(|list| &list.name), |list| {
        format!("checklists[{list}]")
    });
    let paths: Vec<String> = lists
        .iter()
        .enumerate()
        .flat_map(|(list, entry)| {
            (0..entry.items.len()).map(move |item| format!("checklists[{list}].items[{item}]"))
        })
        .collect();
    let items: Vec<_> = lists.iter().flat_map(|list| &list.items).collect();
    rules.unique("item", items.iter().map(|item| &item.item), |at| {
        paths.get(at).cloned().unwrap_or_default()
    });
    checks_once(rules, &paths, &items);
    for (index, list) in lists.iter().enumerate() {
        let path = format!("checklists[{index}]");
        rules.said(&format!("{path}.name"), &list.name);
        rules.at_most(&format!("{path}.items"), list.items.len(), bounds::MOST_ITEMS);
        if list.items.is_empty() {
            rules.problem(&format!("{path}.items"), "is empty; add an item or remove the list");
        }
    }
    for (path, item) in paths.iter().zip(items) {
        rules.said(&format!("{path}.item"), &item.item);
        match &item.confirmed_by {
            ConfirmedBy::Role(role) => rules.role(&format!("{path}.role"), role),
            ConfirmedBy::Check(_) => {}
        }
    }
}

/// A check of the checklists is run once in a rollout, so it speaks for one item only: what it found
/// when one list was due says nothing of the day of the next.
fn checks_once(rules: &mut Rules<'_>, paths: &[String], items: &[&ChecklistItem]) {
    let mut seen = BTreeMap::new();
    for (path, item) in paths.iter().zip(items) {
        let ConfirmedBy::Check(check) = &item.confirmed_by else { continue };
        if let Some(first) = seen.insert(check, &item.item) {
            let message = format!(
                "check \"{check}\" confirms \"{first}\" already, and is run once; give each item \
                 a check of its own name"
            );
            rules.problem(&format!("{path}.check"), message);
        }
    }
}

pub(super) fn start(rules: &mut Rules<'_>) {
    let start = &rules.plan.start;
    rules.positive("start.grace", start.grace, bounds::LONGEST_WAIT);
    let windows = &start.freeze_windows;
    rules.at_most("start.freeze_windows", windows.len(), bounds::MOST_FREEZE_WINDOWS);
    for (index, window) in windows.iter().enumerate() {
        let path = format!("start.freeze_windows[{index}]");
        rules.said(&format!("{path}.name"), &window.name);
        if window.from >= window.until {
            let [from, until] = [window.from, window.until].map(|at| rules.show(at));
            let message = format!("ends at {until}, which is not after its beginning at {from}");
            rules.problem(&path, message);
        }
        not_begun_within(rules, index, window);
    }
}

/// What is timed to begin in a freeze window is refused by it.
fn not_begun_within(rules: &mut Rules<'_>, index: usize, window: &FreezeWindow) {
    let plan = rules.plan;
    for (path, begins) in [
        ("preflight.not_before", plan.preflight.not_before),
        ("provision.not_before", plan.provision.not_before),
    ] {
        let Some(begins) = begins.filter(|begins| window.contains(*begins)) else { continue };
        if rules.sound(&format!("start.freeze_windows[{index}]")) {
            let [begins, until] = [begins, window.until].map(|at| rules.show(at));
            let message = format!(
                "{begins} is in the freeze window \"{}\", which ends at {until}: the rollout would \
                 be refused; choose another time, or change the window",
                window.name
            );
            rules.problem(path, message);
        }
    }
}

pub(super) fn approval(rules: &mut Rules<'_>) {
    let Some(approval) = &rules.plan.approval else { return };
    rules.roles("approval.roles", &approval.roles);
    let roles = u32::try_from(approval.roles.len()).unwrap_or(u32::MAX);
    if roles == 0 {
        rules.problem("approval.roles", "is empty; name who may approve, or remove the approval");
    } else if !(1..=roles).contains(&approval.quorum) && rules.sound("approval.roles") {
        let message =
            format!("{} of {roles} roles can never agree; write 1 to {roles}", approval.quorum);
        rules.problem("approval.quorum", message);
    }
    rules.positive("approval.expires_after", approval.expires_after, bounds::LONGEST_WAIT);
    if approval.on_expiry == OtherwisePolicy::Proceed {
        rules.problem(
            "approval.on_expiry",
            "an approval that nobody gave is none; write \"roll_back\" or \"stop\"",
        );
    }
}
