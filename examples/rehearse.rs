//! Rehearses a plan as often as you like in a hostile simulated world, with every guarantee watched.
//!
//! ```sh
//! cargo run --release --example rehearse -- [PLAN] [--world FILE] [--runs N] [--seed N] \
//!     [--faults none|seed|pairs|triples|swarm|all] [--jobs N] [--planted NAME] [--json]
//! ```
//!
//! Without arguments it rehearses the seed plan 1,000 times in the healthy world with a swarm of
//! faults: in each run some classes of the fault catalogue are switched on, at moments and rates
//! that follow from the run's seed. It prints how the runs ended, how many requests were harmed and
//! at which weight, how fast it noticed, decided and was back, how often providers were called, and
//! every guarantee that was broken, with the fewest faults that still break it and the command that
//! shows it again.
//!
//! `--planted` judges with a judge that is wrong on purpose, to see a broken guarantee: try
//! `--planted passes-over-the-empty`.
//!
//! Exit status: 0 no guarantee was broken, 1 one was, 64 bad input (nothing was run: also a plan
//! that cannot keep its own promises in this world), 70 the output could not be written.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use greenflow_examples::{
    BadInput, built_in_plan, built_in_world, read_plan, read_world, sweep_table,
};
use greenflow_mock::Sweep;
use greenflow_mock::broken::{BrokenJudge, JudgeMistake};
use greenflow_mock::swarm::Faults;
use indicatif::{ProgressBar, ProgressStyle};
use mimalloc::MiMalloc;

/// Simulated rollouts allocate for a fifth of their time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Rehearses a plan as often as you like in a hostile simulated world.
#[derive(Parser, Debug)]
#[command(name = "rehearse", version)]
struct Arguments {
    /// The plan's file; without one, the seed plan of the examples.
    plan: Option<PathBuf>,
    /// The world's file; without one, the world in which nothing goes wrong by itself.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// How many runs there are; without it, as many as give every class, pair or triple its turn,
    /// and else 1,000.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// The seed of the first run; each next one is one more.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Which faults the runs meet, beside those of the world's file.
    #[arg(long, value_enum, default_value_t = Kind::Swarm)]
    faults: Kind,
    /// How many threads share the runs; without it, as many as there are processors.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Judge with a judge that makes this mistake on purpose.
    #[arg(long, value_name = "NAME")]
    planted: Option<String>,
    /// Print the report as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

/// Which faults the runs meet.
#[derive(Clone, Copy, ValueEnum, Debug)]
enum Kind {
    /// None but the world's own.
    None,
    /// One class a run, each in its turn.
    Seed,
    /// Two classes a run, each pair in its turn.
    Pairs,
    /// Three classes a run, each triple in its turn.
    Triples,
    /// Some classes, mixed anew in each run.
    Swarm,
    /// Every class, in every run.
    All,
}

impl From<Kind> for Faults {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::None => Self::None,
            Kind::Seed => Self::Seed,
            Kind::Pairs => Self::Pairs,
            Kind::Triples => Self::Triples,
            Kind::Swarm => Self::Swarm,
            Kind::All => Self::All,
        }
    }
}

fn main() -> ExitCode {
    let (mut out, mut err) = (io::BufWriter::new(io::stdout().lock()), io::stderr());
    let status = run(std::env::args_os(), &mut out, &mut err);
    if out.flush().is_err() {
        return ExitCode::from(NOT_WRITTEN);
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
    let sweep = match prepare(&arguments) {
        Ok(sweep) => sweep,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    let bar = progress_bar(runs(&arguments));
    let shown = bar.clone();
    let report = match sweep.on_progress(move |done| shown.set_position(done)).run() {
        Ok(report) => report,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    bar.finish_and_clear();
    let text = if arguments.json {
        match serde_json::to_string_pretty(&report) {
            Ok(json) => format!("{json}\n"),
            Err(error) => return told(err, &format!("{error}\n"), NOT_WRITTEN),
        }
    } else {
        sweep_table(&report)
    };
    told(out, &text, u8::from(report.runs_in_violation > 0))
}

fn prepare(arguments: &Arguments) -> Result<Sweep, BadInput> {
    let plan = match &arguments.plan {
        Some(path) => read_plan(path)?,
        None => built_in_plan()?,
    };
    let world = match &arguments.world {
        Some(path) => read_world(path)?,
        None => built_in_world()?,
    };
    let replay = replay(arguments);
    let mut sweep = Sweep::new(plan, world)
        .faults(arguments.faults.into())
        .runs(runs(arguments))
        .first_seed(arguments.seed)
        .replayed_by(move |seed| format!("{replay} --runs 1 --seed {seed}"));
    if let Some(jobs) = arguments.jobs {
        sweep = sweep.jobs(jobs);
    }
    if let Some(name) = &arguments.planted {
        let mistakes = JudgeMistake::ALL;
        let Some(mistake) = mistakes.iter().find(|mistake| mistake.name() == name) else {
            let names: Vec<&str> = mistakes.iter().map(|mistake| mistake.name()).collect();
            let names = names.join(", ");
            return Err(BadInput::Senseless(format!("--planted {name}: there are {names}")));
        };
        sweep = sweep.with_judge(Arc::new(BrokenJudge::new(*mistake)));
    }
    Ok(sweep)
}

/// How many runs there are.
fn runs(arguments: &Arguments) -> u64 {
    arguments.runs.unwrap_or_else(|| match Faults::from(arguments.faults).turns() {
        1 => USUAL_RUNS,
        turns => turns,
    })
}

/// The command of this sweep, but for its runs and seed.
fn replay(arguments: &Arguments) -> String {
    let mut command = "cargo run --release --example rehearse --".to_owned();
    if let Some(plan) = &arguments.plan {
        command += &format!(" {}", plan.display());
    }
    if let Some(world) = &arguments.world {
        command += &format!(" --world {}", world.display());
    }
    let faults = arguments.faults.to_possible_value();
    if let Some(faults) = faults.filter(|_| !matches!(arguments.faults, Kind::Swarm)) {
        command += &format!(" --faults {}", faults.get_name());
    }
    if let Some(planted) = &arguments.planted {
        command += &format!(" --planted {planted}");
    }
    command
}

/// Shows how far it is, to a person at a terminal only.
fn progress_bar(runs: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(runs);
    let style = "{bar:40} {pos} of {len} runs, {per_sec}, {eta} left";
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

const USUAL_RUNS: u64 = 1000;
const BAD_INPUT: u8 = 64;
const NOT_WRITTEN: u8 = 70;

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => NOT_WRITTEN,
    }
}
