//! `[people]`

use super::super::super::{PlanBuilder, Role};
use super::super::section::Section;

pub(super) fn people(plan: &mut PlanBuilder, mut section: Section<'_>) {
    for entry in section.list("roles") {
        let mut role = entry.section();
        let name = role.need("role", "the role's name");
        let role_name = name.and_then(|entry| entry.parsed());
        let mut contact = |key| role.get(key).and_then(|entry| entry.text()).unwrap_or_default();
        let [name, phone, handle] = ["name", "phone", "handle"].map(&mut contact);
        role.finish();
        plan.people.roles.extend(role_name.map(|role| Role { role, name, phone, handle }));
    }
    plan.people.rollback_owner = section.get("rollback_owner").and_then(|entry| entry.parsed());
    plan.people.channel = section.get("channel").and_then(|entry| entry.text());
    section.finish();
}
