//! What is wrong with a world file, and where.

use std::fmt;

/// What is wrong with a world file, each problem with its place. A value that cannot be read at all
/// is said alone, the first of them; when all can be, everything that makes no sense is said at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorldFileError {
    problems: Vec<Problem>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Problem {
    line: usize,
    column: usize,
    message: String,
}

impl WorldFileError {
    /// Returns each problem: line and column, both from 1, and what it is.
    pub fn problems(&self) -> impl Iterator<Item = (usize, usize, &str)> {
        self.problems.iter().map(|p| (p.line, p.column, p.message.as_str()))
    }

    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let mut problems = Problems::new(text);
        let at = error.span().map_or(0, |span| span.start);
        problems.add(at, error.message());
        Self { problems: problems.found }
    }
}

impl fmt::Display for WorldFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "line {}, column {}: {}", problem.line, problem.column, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for WorldFileError {}

/// The problems found so far.
pub(super) struct Problems<'a> {
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Adds a problem at this byte of the text.
    pub(super) fn add(&mut self, at: usize, message: impl Into<String>) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let message = message.into().replace('\n', " ");
        self.found.push(Problem { line, column, message });
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, WorldFileError> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let mut problems = self.found;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(WorldFileError { problems })
    }
}
