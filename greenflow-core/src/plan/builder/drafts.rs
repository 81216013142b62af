//! Parts of a plan whose names and times are read when the plan is built.

use std::time::Duration;

use super::super::{CheckSpec, Checklist, When};
use super::CHECK_DEADLINE;

/// A check, as code writes it: `"dns".into()` or `CheckSpec::named("e2e").case("login")`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "hand it to the builder"]
pub struct CheckDraft {
    pub(super) name: String,
    pub(super) cases: Vec<String>,
    pub(super) deadline: Duration,
}

impl CheckSpec {
    /// Begins a check that the provider knows by this name, with 10 min to run.
    pub fn named(name: impl Into<String>) -> CheckDraft {
        CheckDraft { name: name.into(), cases: Vec::new(), deadline: CHECK_DEADLINE }
    }
}

impl CheckDraft {
    /// Adds a case that the suite must report as passed.
    pub fn case(mut self, case: impl Into<String>) -> Self {
        self.cases.push(case.into());
        self
    }

    /// Says how long one run may take.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl From<&str> for CheckDraft {
    fn from(name: &str) -> Self {
        CheckSpec::named(name)
    }
}

/// A checklist, as code writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "hand it to the builder"]
pub struct ChecklistDraft {
    pub(super) name: String,
    pub(super) due: Option<When>,
    pub(super) items: Vec<ItemDraft>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ItemDraft {
    pub(super) item: String,
    pub(super) by: ByDraft,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum ByDraft {
    Role(String),
    Check(String),
}

impl Checklist {
    /// Begins a list that people call so, due before green is provisioned.
    pub fn named(name: impl Into<String>) -> ChecklistDraft {
        ChecklistDraft { name: name.into(), due: None, items: Vec::new() }
    }
}

impl ChecklistDraft {
    /// Says when its items must be confirmed.
    pub fn due(mut self, due: impl Into<When>) -> Self {
        self.due = Some(due.into());
        self
    }

    /// Adds an item that a person in this role confirms.
    pub fn item(mut self, item: impl Into<String>, role: impl Into<String>) -> Self {
        self.items.push(ItemDraft { item: item.into(), by: ByDraft::Role(role.into()) });
        self
    }

    /// Adds an item that the named check confirms when the list is due.
    pub fn automatic(mut self, item: impl Into<String>, check: impl Into<String>) -> Self {
        self.items.push(ItemDraft { item: item.into(), by: ByDraft::Check(check.into()) });
        self
    }
}
