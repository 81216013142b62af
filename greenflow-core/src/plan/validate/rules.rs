//! The rules that many sections share.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::bounds::LONGEST_TEXT;
use super::super::calendar::Calendar;
use super::super::problems::Problems;
use super::super::{CheckSpec, PlanBody, WaitPolicy, bounds};
use crate::value::{RoleName, WallTime, duration};

/// The plan under validation and what was found so far.
pub(super) struct Rules<'a> {
    pub(super) plan: &'a PlanBody,
    early: &'a Problems,
    calendar: Calendar,
    found: Problems,
}

impl<'a> Rules<'a> {
    pub(super) fn new(plan: &'a PlanBody, early: &'a Problems) -> Self {
        let mut rules = Self { plan, early, calendar: Calendar::utc(), found: Problems::default() };
        match Calendar::new(&plan.zone) {
            Ok(calendar) => rules.calendar = calendar,
            Err(message) => rules.problem("zone", message),
        }
        rules
    }

    pub(super) fn into_found(self) -> Problems {
        self.found
    }

    /// Reports a problem, unless the value was never read and this is but an echo of that.
    pub(super) fn problem(&mut self, path: &str, message: impl Into<String>) {
        if self.sound(path) {
            self.found.add(path, message);
        }
    }

    /// Returns whether the value at `path` was read well, so that another may be compared to it.
    pub(super) fn sound(&self, path: &str) -> bool {
        self.early.spare(path)
    }

    pub(super) fn show(&self, wall: WallTime) -> String {
        self.calendar.show(wall)
    }

    /// A duration from `least` to `most`, both included.
    pub(super) fn between(&mut self, path: &str, value: Duration, least: Duration, most: Duration) {
        if value < least || value > most {
            let [value, least, most] = [value, least, most].map(duration::format);
            self.problem(path, format!("{value} is out of range; write {least} to {most}"));
        } else if !duration::is_exact(value) {
            // The journal would keep another plan than the one that was started.
            let message = format!("{value:?} is finer than a millisecond; round it");
            self.problem(path, message);
        }
    }

    /// A duration above zero, up to `most`.
    pub(super) fn positive(&mut self, path: &str, value: Duration, most: Duration) {
        self.between(path, value, Duration::from_millis(1), most);
    }

    /// A count from `least` to `most`, both included.
    pub(super) fn count(&mut self, path: &str, value: u32, least: u32, most: u32) {
        if value < least || value > most {
            self.problem(path, format!("{value} is out of range; write {least} to {most}"));
        }
    }

    /// At most so many elements.
    pub(super) fn at_most(&mut self, path: &str, length: usize, most: usize) {
        if length > most {
            self.problem(path, format!("has {length} entries; at most {most} are allowed"));
        }
    }

    /// A text for people: not too long, without control characters; it may be blank.
    pub(super) fn text(&mut self, path: &str, text: &str) {
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            let most = format!("is {length} characters long; at most {LONGEST_TEXT} are allowed");
            self.problem(path, most);
        }
        if text.chars().any(char::is_control) {
            self.problem(path, "has a control character, such as a line break, in it; remove it");
        }
    }

    /// A text for people that must say something.
    pub(super) fn said(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.problem(path, "is blank; write what it stands for");
        }
        self.text(path, text);
    }

    /// Each name once. `element` makes the path of an element from its index.
    pub(super) fn unique<T: Ord + std::fmt::Display>(
        &mut self,
        what: &str,
        names: impl IntoIterator<Item = T>,
        element: impl Fn(usize) -> String,
    ) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.into_iter().enumerate() {
            let text = format!("{what} \"{name}\" is there twice; remove or rename one");
            if !seen.insert(name) {
                self.problem(&element(index), text);
            }
        }
    }

    /// A role that the plan names people for.
    pub(super) fn role(&mut self, path: &str, role: &RoleName) {
        let known = &self.plan.people.roles;
        if known.iter().any(|known| known.role == *role) || !self.sound("people.roles") {
            return;
        }
        let known: Vec<&str> = known.iter().take(10).map(|known| known.role.as_str()).collect();
        let known = match known.as_slice() {
            [] => "the plan names no role".to_owned(),
            known => format!("the plan has {}", known.join(", ")),
        };
        self.problem(path, format!("there is no role \"{role}\" under people.roles; {known}"));
    }

    /// A list of roles, each once.
    pub(super) fn roles(&mut self, path: &str, roles: &[RoleName]) {
        self.at_most(path, roles.len(), bounds::MOST_ROLES);
        self.unique("role", roles, |index| format!("{path}[{index}]"));
        for (index, role) in roles.iter().enumerate() {
            self.role(&format!("{path}[{index}]"), role);
        }
    }

    /// The checks of one phase, each name once.
    pub(super) fn checks(&mut self, path: &str, checks: &[CheckSpec]) {
        self.at_most(path, checks.len(), bounds::MOST_CHECKS);
        self.unique("check", checks.iter().map(|check| &check.name), |index| {
            format!("{path}[{index}]")
        });
        for (index, check) in checks.iter().enumerate() {
            let at = format!("{path}[{index}]");
            self.positive(&format!("{at}.deadline"), check.deadline, bounds::LONGEST_DEADLINE);
            self.at_most(&format!("{at}.cases"), check.cases.len(), bounds::MOST_CASES);
            self.unique("case", &check.cases, |case| format!("{at}.cases[{case}]"));
            for (case, text) in check.cases.iter().enumerate() {
                self.said(&format!("{at}.cases[{case}]"), text);
            }
        }
    }

    /// A wait with an end and an owner who exists.
    pub(super) fn wait(&mut self, path: &str, within: &str, wait: &WaitPolicy) {
        self.positive(&format!("{path}.{within}"), wait.within, bounds::LONGEST_WAIT);
        if let Some(owner) = &wait.owner {
            self.role(&format!("{path}.owner"), owner);
        }
    }
}
