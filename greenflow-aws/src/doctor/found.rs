//! What was found, and how it is told.

use greenflow_core::provider::{CheckOutcome, CheckReport, ProviderError};

use crate::api::Operation;

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Case {
    what: String,
    found: Found,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Found {
    Good,
    /// A rollout goes well with it, and would go better: what to change.
    Advice(String),
    /// A rollout would not go well: what to change.
    Wrong(String),
}

impl Case {
    pub(super) fn good(what: impl Into<String>) -> Self {
        Self { what: what.into(), found: Found::Good }
    }

    /// Something that must hold; what to change if it does not.
    pub(super) fn must(what: impl Into<String>, holds: bool, remedy: impl Into<String>) -> Self {
        let found = if holds { Found::Good } else { Found::Wrong(remedy.into()) };
        Self { what: what.into(), found }
    }

    /// Something that had better hold.
    pub(super) fn should(what: impl Into<String>, holds: bool, remedy: impl Into<String>) -> Self {
        let found = if holds { Found::Good } else { Found::Advice(remedy.into()) };
        Self { what: what.into(), found }
    }

    /// Something that could not be read, which is as bad as what is wrong.
    pub(super) fn unread(what: impl Into<String>, error: &ProviderError) -> Self {
        Self { what: what.into(), found: Found::Wrong(error.to_string()) }
    }

    fn told(&self) -> Option<String> {
        match &self.found {
            Found::Good => None,
            Found::Advice(remedy) | Found::Wrong(remedy) => {
                Some(format!("{}: {remedy}", self.what))
            }
        }
    }

    const fn is_wrong(&self) -> bool {
        matches!(self.found, Found::Wrong(_))
    }
}

/// Tells all of it at once: what is wrong first, then advice, then what nobody can know by reading.
pub(super) fn report(cases: Vec<Case>) -> CheckReport {
    let told = |wrong: bool| -> Vec<String> {
        let cases = cases.iter().filter(|case| case.is_wrong() == wrong);
        cases.filter_map(Case::told).collect()
    };
    let (wrong, advice) = (told(true), told(false));
    let (outcome, mut detail) = if wrong.is_empty() {
        (CheckOutcome::Passed, format!("{} things are as they must be", cases.len()))
    } else {
        (CheckOutcome::Failed, wrong.join("; "))
    };
    if !advice.is_empty() {
        detail = format!("{detail}. Advice: {}", advice.join("; "));
    }
    let writes = Operation::ALL.into_iter().filter(|operation| operation.is_write());
    let writes: Vec<&str> = writes.map(Operation::action).collect();
    detail = format!("{detail}. Not tried, as only a write can: {}", writes.join(", "));
    let mut report = CheckReport::ended(outcome, detail);
    report.cases = cases
        .into_iter()
        .map(|case| {
            let outcome = if case.is_wrong() { CheckOutcome::Failed } else { CheckOutcome::Passed };
            // Advice is told with its case, for nobody looks further at one that passed.
            let what = match case.found {
                Found::Advice(remedy) => format!("{}: advice: {remedy}", case.what),
                Found::Good | Found::Wrong(_) => case.what,
            };
            (what, outcome)
        })
        .collect();
    report
}
