//! Plans from TOML files, and other files that are read in the same way.
//!
//! The file is parsed once into a tree that knows its places. Reading fills the same builder that
//! code uses, collecting what is wrong on the way, so both forms share defaults and rules.
//!
//! A host's own file beside the plan is read with [`read()`]: all problems at once, each with its line
//! and column, keys that nobody knows among them.

mod amount;
mod entry;
mod locate;
mod nearest;
mod read;
mod section;
mod source;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use toml::de::DeTable;

use super::bounds::LARGEST_FILE;
use super::problems::Problems;
use super::{Plan, PlanError, Problem};
use source::Source;

pub use entry::Entry;
pub use section::Section;

impl Plan {
    /// Reads a plan from TOML. `examples/plans/greenflow.toml` shows all of it.
    ///
    /// The sections are those of [`PlanBody`](super::PlanBody), with times, durations and shares
    /// as people write them:
    ///
    /// - a duration is text, such as `"5m"`, `"1h30m"`, `"72h"` or `"7d"`;
    /// - a time is text, such as `"10:35"` on the plan's `day` or `"2026-02-11 10:35"`, in the
    ///   plan's `zone`;
    /// - a share is text or a number of percent, such as `"10 %"`, `"0.5 %"` or `10`;
    /// - `shift` has `steps`, or a `preset` by the name of one of the
    ///   [`Preset`](super::Preset)s;
    /// - a check or probe is its name alone or a table with its options;
    /// - a limit is a table with one of `error_rate`, `p50` to `p99999`, `events`, `gauge` and
    ///   `throughput`; those at the top of the file hold wherever an analysis has none of its own.
    ///
    /// # Errors
    /// All problems at once, each with its line and column. Text that is not TOML is reported
    /// alone, for what it would have said is not known.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        let source = Source::new(text);
        let root = tree(text, &source)?;
        let problems = RefCell::new(Problems::default());
        let mut builder = read::plan(Section::root(&root, &source, &problems));
        builder.problems = problems.into_inner();
        match builder.build() {
            Ok(plan) => {
                let mut warnings = plan.warnings().to_vec();
                for warning in &mut warnings {
                    warning.place = locate::place(&root, &source, &warning.path);
                }
                Ok(plan.with_warnings(warnings))
            }
            Err(error) => Err(placed(&error, &root, &source)),
        }
    }

    /// Reads a plan from the bytes of a TOML file.
    ///
    /// # Errors
    /// Those of [`from_toml`](Self::from_toml), and one for bytes that are not text.
    pub fn from_toml_bytes(bytes: &[u8]) -> Result<Self, PlanError> {
        Self::from_toml(text_of(bytes)?)
    }
}

/// Reads a host's own TOML file: `take` asks for the keys that it knows, and says `None` when it
/// cannot make anything of them. Keys that it did not ask for are problems; of a section within it
/// they are when [`Section::finish`] is called.
///
/// ```
/// use greenflow_core::plan::file;
///
/// let wait = |root: &mut file::Section<'_>| root.need("wait", "a duration")?.duration();
/// assert_eq!(file::read(b"wait = \"5m\"", wait)?.as_secs(), 300);
/// let error = file::read(b"wait = 5\nwhy = 1", wait).unwrap_err();
/// assert_eq!(error.problems().len(), 2);
/// assert!(error.in_file("x.toml").to_string().starts_with("x.toml:1:8: wait: expected"));
/// # Ok::<(), greenflow_core::plan::PlanError>(())
/// ```
///
/// # Errors
/// All problems at once, each with its place; and one when `take` says `None` and no problem.
pub fn read<T>(
    bytes: &[u8],
    take: impl FnOnce(&mut Section<'_>) -> Option<T>,
) -> Result<T, PlanError> {
    let text = text_of(bytes)?;
    let source = Source::new(text);
    let root = tree(text, &source)?;
    let problems = RefCell::new(Problems::default());
    let mut section = Section::root(&root, &source, &problems);
    let taken = take(&mut section);
    section.finish();
    match (problems.into_inner().into_error(), taken) {
        (None, Some(taken)) => Ok(taken),
        (Some(error), _) => Err(placed(&error, &root, &source)),
        (None, None) => Err(PlanError::new(vec![Problem::new("", "something is missing")])),
    }
}

/// Gives every problem its place, and puts them in the order of the file.
fn placed(error: &PlanError, root: &DeTable<'_>, source: &Source<'_>) -> PlanError {
    let mut problems = error.problems().to_vec();
    for problem in &mut problems {
        problem.place = problem.place.or_else(|| locate::place(root, source, &problem.path));
    }
    problems.sort_by_key(|problem| (problem.place.is_none(), problem.place));
    PlanError::new(problems)
}

fn text_of(bytes: &[u8]) -> Result<&str, PlanError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let good = std::str::from_utf8(good).unwrap_or_default();
        let problem = Source::new(good).problem(good.len(), "", "this is not UTF-8 text");
        PlanError::new(vec![problem])
    })
}

fn tree<'t>(text: &'t str, source: &Source<'_>) -> Result<DeTable<'t>, PlanError> {
    if text.len() > LARGEST_FILE {
        let message = format!("is {} bytes long; at most {LARGEST_FILE} are read", text.len());
        return Err(PlanError::new(vec![Problem::new("", message)]));
    }
    let (tree, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() { Ok(tree.into_inner()) } else { Err(not_toml(errors, source)) }
}

fn not_toml(mut errors: Vec<toml::de::Error>, source: &Source<'_>) -> PlanError {
    let offset = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    errors.sort_by_key(offset);
    let mut problems = Problems::default();
    for error in errors {
        let message = format!("this is not TOML: {}", error.message());
        problems.push(source.problem(offset(&error), "", message));
    }
    problems.into_error().unwrap_or_else(|| PlanError::new(Vec::new()))
}
