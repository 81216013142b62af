//! Plans and worlds from files, and what is wrong with them.

use std::path::Path;
use std::{fs, io};

use greenflow_core::plan::Plan;
use greenflow_mock::WorldSpec;

/// What somebody gave us cannot be used. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "an example's own error")]
pub enum BadInput {
    /// The file cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        reason: io::Error,
    },
    /// What is in it makes no sense; one problem a line, each with its place.
    #[error("{0}")]
    Senseless(String),
}

/// Returns the seed plan: `examples/plans/greenflow.toml`.
///
/// # Errors
/// None, as long as that file is a plan.
pub fn built_in_plan() -> Result<Plan, BadInput> {
    plan_of("examples/plans/greenflow.toml", SEED_PLAN.as_bytes())
}

/// Returns the healthy world: `examples/worlds/healthy.toml`.
///
/// # Errors
/// None, as long as that file is a world.
pub fn built_in_world() -> Result<WorldSpec, BadInput> {
    world_of("examples/worlds/healthy.toml", HEALTHY_WORLD)
}

/// Reads a plan.
///
/// # Errors
/// [`BadInput`] with every problem and its place.
pub fn read_plan(path: &Path) -> Result<Plan, BadInput> {
    plan_of(&path.display().to_string(), &bytes(path)?)
}

/// Reads a world.
///
/// # Errors
/// [`BadInput`] with each problem and its place, as for [`WorldSpec::from_toml`].
pub fn read_world(path: &Path) -> Result<WorldSpec, BadInput> {
    let file = path.display().to_string();
    let bytes = bytes(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        BadInput::Senseless(format!("{file}:{line}: this is no text (UTF-8)"))
    })?;
    world_of(&file, text)
}

/// More than any plan or world needs; a device or a film is no plan.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

const SEED_PLAN: &str = include_str!("../plans/greenflow.toml");
const HEALTHY_WORLD: &str = include_str!("../worlds/healthy.toml");

fn plan_of(file: &str, bytes: &[u8]) -> Result<Plan, BadInput> {
    Plan::from_toml_bytes(bytes)
        .map_err(|error| BadInput::Senseless(error.in_file(file).to_string()))
}

fn world_of(file: &str, text: &str) -> Result<WorldSpec, BadInput> {
    WorldSpec::from_toml(text).map_err(|error| {
        let lines: Vec<String> = error
            .problems()
            .map(|(line, column, what)| format!("{file}:{line}:{column}: {what}"))
            .collect();
        BadInput::Senseless(lines.join("\n"))
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, BadInput> {
    let fail = |reason| BadInput::Unreadable { file: path.display().to_string(), reason };
    let found = fs::metadata(path).map_err(fail)?;
    if !found.is_file() || found.len() > MOST_BYTES {
        let reason = "this is no file of at most 4 MiB";
        return Err(fail(io::Error::new(io::ErrorKind::InvalidInput, reason)));
    }
    fs::read(path).map_err(fail)
}
