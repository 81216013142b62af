//! What is wrong with a plan: everything, at once, each with its place.

use std::fmt;

use crate::value::{InvalidDigest, InvalidName, InvalidWeight};

/// The plan cannot run. Lists every problem that was found, one a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanError {
    problems: Vec<Problem>,
}

impl PlanError {
    pub(crate) const fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Returns the problems, in the order of the plan's sections.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Shows the problems with the file's name in front, as editors and terminals read it:
    /// `plan.toml:12:9: shift.steps[1].green: ...`.
    #[must_use]
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        InFile { error: self, file }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines(f, self.problems.iter(), "")
    }
}

impl std::error::Error for PlanError {}

impl From<InvalidName> for PlanError {
    fn from(error: InvalidName) -> Self {
        Self::new(vec![Problem::new("", error.to_string())])
    }
}

impl From<InvalidDigest> for PlanError {
    fn from(error: InvalidDigest) -> Self {
        Self::new(vec![Problem::new("", error.to_string())])
    }
}

impl From<InvalidWeight> for PlanError {
    fn from(error: InvalidWeight) -> Self {
        Self::new(vec![Problem::new("", error.to_string())])
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Problem {
    /// Which part of the plan, such as `shift.steps[1].green`; empty for the plan as a whole.
    pub path: String,
    /// What is wrong, what the bound is, and what to do.
    pub message: String,
    /// Where in the file, if the plan came from one.
    pub place: Option<Place>,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), place: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, self.place, &self.path, &self.message)
    }
}

/// Something that is allowed but should be looked at, such as a role without a phone number.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Warning {
    /// Which part of the plan, such as `people.roles[0]`.
    pub path: String,
    /// What should be looked at.
    pub message: String,
    /// Where in the file, if the plan came from one.
    pub place: Option<Place>,
}

impl Warning {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), place: None }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, self.place, &self.path, &self.message)
    }
}

/// A place in a file: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

struct InFile<'a> {
    error: &'a PlanError,
    file: &'a str,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines(f, self.error.problems.iter(), self.file)
    }
}

fn lines<'a>(
    f: &mut fmt::Formatter<'_>,
    problems: impl Iterator<Item = &'a Problem>,
    file: &str,
) -> fmt::Result {
    for (index, problem) in problems.enumerate() {
        if index > 0 {
            f.write_str("\n")?;
        }
        if !file.is_empty() {
            write!(f, "{file}:{}", if problem.place.is_some() { "" } else { " " })?;
        }
        write!(f, "{problem}")?;
    }
    Ok(())
}

fn line(
    f: &mut fmt::Formatter<'_>,
    place: Option<Place>,
    path: &str,
    message: &str,
) -> fmt::Result {
    if let Some(place) = place {
        write!(f, "{place}: ")?;
    }
    if !path.is_empty() {
        write!(f, "{path}: ")?;
    }
    f.write_str(message)
}
