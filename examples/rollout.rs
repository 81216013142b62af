//! Carries out a plan, from its file, in a simulated world and in virtual time.
//!
//! ```sh
//! cargo run --release --example rollout -- [PLAN] [--world FILE] [--seed N] [--json]
//! ```
//!
//! Without arguments it carries out the seed plan, `examples/plans/greenflow.toml`, in a world
//! where nothing goes wrong: a deployment day and the week after it, in less than a second. It
//! prints a timeline and a summary of the execution record; with `--json`, the record alone.
//!
//! Exit status: 0 completed, 2 rolled back, 3 stuck (waits for people), 4 refused (nothing was
//! touched), 64 bad input (nothing was done), 70 the run came to no end.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use greenflow_core::machine::Ended;
use greenflow_examples::{Rehearsal, RehearsalError};

/// Carries out a plan in a simulated world and prints its timeline and its execution record.
#[derive(Parser, Debug)]
#[command(name = "rollout", version)]
struct Arguments {
    /// The plan's file; without one, the seed plan of the examples.
    plan: Option<PathBuf>,
    /// The world's file; without one, the world in which nothing goes wrong.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// All chance in the world follows from this number.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print the execution record as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let (mut out, mut err) = (io::BufWriter::new(io::stdout().lock()), io::stderr().lock());
    let status = run(std::env::args_os(), &mut out, &mut err);
    if out.flush().is_err() {
        return ExitCode::from(NO_END);
    }
    ExitCode::from(status)
}

/// Does what the arguments say, and returns the exit status.
pub(crate) fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) if !help.use_stderr() => return told(out, &help.to_string(), 0),
        Err(error) => return told(err, &error.to_string(), BAD_INPUT),
    };
    let rehearsal = match prepare(&arguments) {
        Ok(rehearsal) => rehearsal,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    let played = if arguments.json { rehearsal.run(&mut io::sink()) } else { rehearsal.run(out) };
    let played = match played {
        Ok(played) => played,
        Err(error @ RehearsalError::Plan(_)) => {
            return told(err, &format!("{error}\n"), BAD_INPUT);
        }
        Err(error) => return told(err, &format!("{}\n", with_causes(&error)), NO_END),
    };
    let text = if arguments.json {
        format!("{}\n", played.record.to_json_pretty())
    } else {
        greenflow_examples::summary(&played.record, Some(&played.truth))
    };
    told(out, &text, status_of(played.ended))
}

fn prepare(arguments: &Arguments) -> Result<Rehearsal, greenflow_examples::BadInput> {
    let plan = match &arguments.plan {
        Some(path) => greenflow_examples::read_plan(path)?,
        None => greenflow_examples::built_in_plan()?,
    };
    let world = match &arguments.world {
        Some(path) => greenflow_examples::read_world(path)?,
        None => greenflow_examples::built_in_world()?,
    };
    Ok(Rehearsal::new(plan, world, arguments.seed))
}

const fn status_of(ended: Ended) -> u8 {
    match ended {
        Ended::Completed => 0,
        Ended::RolledBack => 2,
        Ended::Stuck => 3,
        Ended::Refused => 4,
    }
}

const BAD_INPUT: u8 = 64;
const NO_END: u8 = 70;

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => NO_END,
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
