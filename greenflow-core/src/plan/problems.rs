//! Collects what is wrong, without end to the input and with an end to the list.

use super::bounds::MOST_PROBLEMS;
use super::{PlanError, Problem};

/// The problems found so far: the first hundred, and how many more there were.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    listed: Vec<Problem>,
    left_out: usize,
}

impl Problems {
    pub(super) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Problem::new(path, message));
    }

    pub(super) fn push(&mut self, problem: Problem) {
        if self.listed.len() < MOST_PROBLEMS {
            self.listed.push(problem);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.left_out = self.left_out.saturating_add(other.left_out);
        for problem in other.listed {
            self.push(problem);
        }
    }

    /// Says what was said of `from` of `to`, and each thing once.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for mut problem in std::mem::take(&mut self.listed) {
            if within(&problem.path, from) {
                problem.path = format!("{to}{}", problem.path.get(from.len()..).unwrap_or(""));
            }
            if !self.listed.contains(&problem) {
                self.listed.push(problem);
            }
        }
    }

    /// Forgets what was said of `path` and its parts.
    pub(super) fn forget(&mut self, path: &str) {
        self.listed.retain(|problem| !within(&problem.path, path));
    }

    /// Returns whether none of the problems is about `path`, a part of it, what it is a part of,
    /// or the same list: then a check may rely on the value there.
    pub(super) fn spare(&self, path: &str) -> bool {
        !self.listed.iter().any(|problem| {
            within(path, &problem.path)
                || within(&problem.path, path)
                || (innermost_list(path).is_some()
                    && innermost_list(path) == innermost_list(&problem.path))
        })
    }

    /// Returns the error, if there is a problem.
    pub(super) fn into_error(mut self) -> Option<PlanError> {
        if self.left_out > 0 {
            self.listed.push(Problem::new("", format!("... and {} more", self.left_out)));
        }
        (!self.listed.is_empty()).then(|| PlanError::new(self.listed))
    }
}

fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| {
        outer.is_empty() || rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
    })
}

/// `shift.steps` of `shift.steps[1].green`.
fn innermost_list(path: &str) -> Option<&str> {
    path.rfind('[').and_then(|at| path.get(..at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_spoils_its_neighbourhood_and_no_more() {
        let mut problems = Problems::default();
        problems.add("shift.steps[1].green", "");
        for (path, spared) in [
            ("shift.steps[1].green", false),
            ("shift.steps[2].green", false),
            ("shift.steps", false),
            ("shift", false),
            ("shift.stepsize", true),
            ("shift.analysis.limits[1]", true),
            ("bake.for", true),
        ] {
            assert_eq!(problems.spare(path), spared, "{path}");
        }
    }

    #[test]
    fn the_list_ends() {
        let mut problems = Problems::default();
        for _ in 0..250 {
            problems.add("steps", "wrong");
        }
        let error = problems.into_error().unwrap();
        assert_eq!(error.problems().len(), 101);
        assert!(error.to_string().ends_with("... and 150 more"));
    }
}
