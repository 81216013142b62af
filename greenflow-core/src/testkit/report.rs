//! What the kit found.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::result::ClauseResult;

/// What the kit found of one provider and one trait.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What the provider is called.
    pub provider: String,
    /// The trait whose contract was checked.
    pub trait_name: String,
    /// Check by check.
    pub clauses: Vec<ClauseReport>,
}

/// What the kit found of one clause.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClauseReport {
    /// The clause's id in the trait's documentation.
    pub id: String,
    /// The check: the name of its function.
    pub name: String,
    /// How it ended.
    #[serde(flatten)]
    pub result: ClauseResult,
}

impl Report {
    /// Makes an empty one.
    #[must_use]
    pub fn new(provider: impl Into<String>, trait_name: impl Into<String>) -> Self {
        Self { provider: provider.into(), trait_name: trait_name.into(), clauses: Vec::new() }
    }

    /// Adds what was found of one clause.
    pub fn add(&mut self, id: &str, name: &str, result: ClauseResult) {
        self.clauses.push(ClauseReport { id: id.to_owned(), name: name.to_owned(), result });
    }

    /// Returns the clauses that were broken.
    #[must_use]
    pub fn failed(&self) -> Vec<&ClauseReport> {
        self.clauses.iter().filter(|clause| clause.result.is_fail()).collect()
    }

    /// Returns the ids of the clauses that were broken, each once.
    #[must_use]
    pub fn failed_ids(&self) -> BTreeSet<&str> {
        self.failed().into_iter().map(|clause| clause.id.as_str()).collect()
    }

    /// Returns whether no clause was broken, and at least one was checked.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.failed().is_empty() && self.clauses.iter().any(|clause| clause.result.is_pass())
    }

    /// Makes a test of it.
    ///
    /// # Panics
    /// With the report as a table, when a clause was broken or none was checked.
    #[track_caller]
    pub fn assert_conformant(&self) {
        assert!(self.is_conformant(), "not conformant\n{self}");
    }

    fn count(&self, of: impl Fn(&ClauseResult) -> bool) -> usize {
        self.clauses.iter().filter(|clause| of(&clause.result)).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.count(ClauseResult::is_pass);
        let failed = self.count(ClauseResult::is_fail);
        let skipped = self.count(ClauseResult::is_skipped);
        writeln!(
            f,
            "{} as {}: {passed} passed, {failed} failed, {skipped} skipped",
            self.provider, self.trait_name
        )?;
        let wide = self.clauses.iter().map(|clause| clause.name.len()).max().unwrap_or(0);
        for ClauseReport { id, name, result } in &self.clauses {
            writeln!(f, "  {id:<6} {name:<wide$}  {result}")?;
        }
        Ok(())
    }
}

/// Several reports: of several providers, or of one that is several.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reports(pub Vec<Report>);

impl Reports {
    /// Returns the clauses that were broken, with the provider's and the trait's name.
    #[must_use]
    pub fn failed(&self) -> Vec<(&str, &str, &ClauseReport)> {
        let mut failed = Vec::new();
        for report in &self.0 {
            let (provider, name) = (report.provider.as_str(), report.trait_name.as_str());
            failed.extend(report.failed().into_iter().map(|clause| (provider, name, clause)));
        }
        failed
    }

    /// Returns whether every one of them is conformant, and there is one.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(Report::is_conformant)
    }

    /// Makes a test of them.
    ///
    /// # Panics
    /// With the reports as tables, when one of them is not conformant.
    #[track_caller]
    pub fn assert_conformant(&self) {
        assert!(self.is_conformant(), "not conformant\n{self}");
    }
}

impl FromIterator<Report> for Reports {
    fn from_iter<I: IntoIterator<Item = Report>>(reports: I) -> Self {
        Self(reports.into_iter().collect())
    }
}

impl Extend<Report> for Reports {
    fn extend<I: IntoIterator<Item = Report>>(&mut self, reports: I) {
        self.0.extend(reports);
    }
}

impl fmt::Display for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, report) in self.0.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{report}")?;
        }
        Ok(())
    }
}
