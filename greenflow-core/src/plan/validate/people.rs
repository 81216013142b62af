//! People, and the plan's own names.

use super::super::{PlanBody, Warning, bounds};
use super::rules::Rules;

pub(super) fn whole(rules: &mut Rules<'_>) {
    let plan = rules.plan;
    image(rules, &plan.green.image);
    let people = &plan.people;
    rules.at_most("people.roles", people.roles.len(), bounds::MOST_ROLES);
    rules.unique("role", people.roles.iter().map(|role| &role.role), |index| {
        format!("people.roles[{index}]")
    });
    for (index, role) in people.roles.iter().enumerate() {
        for (field, text) in
            [("name", &role.name), ("phone", &role.phone), ("handle", &role.handle)]
        {
            rules.text(&format!("people.roles[{index}].{field}"), text);
        }
    }
    if let Some(owner) = &people.rollback_owner {
        rules.role("people.rollback_owner", owner);
    }
    if let Some(channel) = &people.channel {
        rules.said("people.channel", channel);
    }
}

pub(super) fn warnings(plan: &PlanBody) -> Vec<Warning> {
    let people = &plan.people;
    let mut warnings = Vec::new();
    for (index, role) in people.roles.iter().enumerate() {
        let blank: Vec<&str> =
            [("name", &role.name), ("phone", &role.phone), ("handle", &role.handle)]
                .into_iter()
                .filter(|(_, text)| text.trim().is_empty())
                .map(|(field, _)| field)
                .collect();
        if !blank.is_empty() {
            let message = format!("{} has no {}; fill in who it is", role.role, blank.join(", "));
            warnings.push(Warning::new(format!("people.roles[{index}]"), message));
        }
    }
    if people.rollback_owner.is_none() {
        let message = "nobody is named; waits and rollbacks have no owner to turn to";
        warnings.push(Warning::new("people.rollback_owner", message));
    }
    warnings
}

fn image(rules: &mut Rules<'_>, image: &str) {
    let path = "green.image";
    rules.said(path, image);
    let name = image.rsplit('/').next().unwrap_or(image);
    if image.contains('@') || name.contains(':') {
        rules.problem(path, "has a tag or digest in it; the digest alone says what runs");
    } else if !image.trim().is_empty() && image.contains(char::is_whitespace) {
        rules.problem(path, "has a space in it; write the repository as the registry knows it");
    }
}
