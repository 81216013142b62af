//! Freezes the controller that acts, and shows that never more than one does.
//!
//! ```sh
//! cargo run --release --example two_controllers -- [--rounds N] [--seed N] [--keep DIR] [--json]
//! ```
//!
//! Each round starts two or three controllers, each in a process of its own, on one SQLite
//! journal and one world in a folder. It freezes the one that acts (SIGSTOP), as a suspended host
//! does, for longer than its lease of 6 s; another one takes over; then it lets the first go on
//! (SIGCONT), which knows nothing of all this. Twice in a round.
//!
//! The world writes down each call with process and epoch. From that log and from the journal it
//! is seen that exactly one controller acted at any time: the one that was frozen made at most the
//! call that it was in, appended nothing and deleted nothing, and told people once that its lease had
//! run out, as it cannot know who has it now; and that the rollout ended as it should.
//!
//! ```text
//! round  controllers  frozen in    another acted after  late calls  ended
//!     1            2  shifting 2   5.0 s                1           Completed
//! ```
//!
//! A process can be frozen just while it writes to the journal's file; then it has the file's
//! lock, and nobody takes over before it goes on. Such a freeze is told, and made again.
//!
//! Exit status: 0 all went well; 1 it did not, the folder is kept and named; 64 bad input; 70 a
//! round could not be played.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use greenflow_core::record::RecordOutcome;
use greenflow_core::value::ControllerId;
use greenflow_examples::process::{
    Child, Ending, Frozen, LEASE, Launch, RENEW, Site, SiteError, Task, wrong_acts,
};
use greenflow_mock::{Rng, label};
use serde::Serialize;

/// Freezes the controller that acts, and shows that never more than one does.
#[derive(Parser, Debug)]
#[command(name = "two_controllers", version)]
struct Arguments {
    /// How many rounds, with two and three controllers by turns.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1000))]
    rounds: u64,
    /// When to freeze follows from this number.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leave the rounds' folders in this new directory.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print one JSON object, and nothing else.
    #[arg(long)]
    json: bool,
}

/// What is told of one round.
#[derive(Debug, Serialize)]
struct Told {
    round: u64,
    controllers: usize,
    freezes: Vec<Freeze>,
    outcome: RecordOutcome,
    wrong: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Freeze {
    /// The phase that the journal had reached.
    phase: Option<String>,
    /// From the freeze to the next controller's first call; nothing if nobody could take over.
    taken_over_ms: Option<u64>,
    /// What the frozen one still called when another had taken over.
    late_calls: usize,
}

fn main() -> ExitCode {
    if let Some(task) = Task::of_this_process() {
        return match task.carry_out() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => ExitCode::from(told(&mut io::stderr(), &format!("{error}\n"), 1)),
        };
    }
    let launch = Launch::with(Vec::<OsString>::new());
    let (mut out, mut err) = (io::stdout(), io::stderr());
    ExitCode::from(run(std::env::args_os(), &launch, &mut out, &mut err))
}

/// Does what the arguments say, and returns the exit status.
pub(crate) fn run(
    arguments: impl IntoIterator<Item = OsString>,
    launch: &Launch,
    out: &mut impl Write,
    err: &mut impl Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) if !help.use_stderr() => return told(out, &help.to_string(), 0),
        Err(error) => return told(err, &error.to_string(), BAD_INPUT),
    };
    let temporary = std::env::temp_dir().join(format!("greenflow-two-{}", std::process::id()));
    let folder = arguments.keep.clone().unwrap_or(temporary);
    if let Err(error) = std::fs::create_dir(&folder) {
        let text = format!("{}: {error}; name a new directory\n", folder.display());
        return told(err, &text, BAD_INPUT);
    }
    let rounds = match play_all(&arguments, &folder, launch) {
        Ok(rounds) => rounds,
        Err(error) => return told(err, &format!("{}: {error}\n", folder.display()), CANNOT_PLAY),
    };
    let status = u8::from(rounds.iter().any(|round| !round.wrong.is_empty()));
    if status == 0 && arguments.keep.is_none() && std::fs::remove_dir_all(&folder).is_err() {
        return told(err, &format!("{} cannot be removed\n", folder.display()), CANNOT_PLAY);
    }
    told(out, &text(&arguments, &rounds, &folder), status)
}

/// Plays all rounds at the same time: they mostly wait.
fn play_all(arguments: &Arguments, folder: &Path, launch: &Launch) -> Result<Vec<Told>, SiteError> {
    // All of them before any process is started: between its fork and its exec a process shares the
    // locks of this one.
    let site = |number| {
        let site = Site::at(folder.join(format!("round-{number}")));
        site.create(0).map(|()| (number, site))
    };
    let sites = (1..=arguments.rounds).map(site).collect::<Result<Vec<_>, _>>()?;
    std::thread::scope(|scope| {
        let round =
            |(number, site)| scope.spawn(move || play(arguments.seed, number, &site, launch));
        let rounds: Vec<_> = sites.into_iter().map(round).collect();
        let joined = |round: std::thread::ScopedJoinHandle<'_, _>| {
            round.join().unwrap_or_else(|_| Err(io::Error::other("a round panicked").into()))
        };
        rounds.into_iter().map(joined).collect()
    })
}

fn play(seed: u64, number: u64, site: &Site, launch: &Launch) -> Result<Told, SiteError> {
    let count = if number % 2 == 1 { 2 } else { 3 };
    let mut children = Vec::new();
    for which in 1..=count {
        let name = ControllerId::new(format!("controller-{which}")).map_err(io::Error::other)?;
        children.push(launch.start(site, &Task::one_of_several(site, name))?);
    }
    let mut rng = Rng::keyed(seed, &[label("two_controllers"), number]);
    let mut frozen = Vec::new();
    let mut taken = 0;
    while taken < FREEZES && frozen.len() < MOST_FREEZES {
        std::thread::sleep(LONGEST_TURN.mul_f64(rng.unit()));
        let Some(one) = freeze(site, &mut children)? else { break };
        taken += usize::from(one.taken_over(&site.calls()?).is_some());
        frozen.push(one);
    }
    let (begun, mut left) = (Instant::now(), children);
    while !left.is_empty() {
        if begun.elapsed() > PATIENCE {
            return Err(SiteError::Endless(PATIENCE));
        }
        std::thread::sleep(LOOK_EVERY);
        let mut still = Vec::new();
        for mut child in left {
            if is_alive(&mut child)? {
                still.push(child);
            }
        }
        left = still;
    }
    judge(site, number, count, &frozen)
}

/// Freezes the controller that made the last call until another one has made one; `None` when the
/// rollout is over.
fn freeze(site: &Site, children: &mut [Child]) -> Result<Option<Frozen>, SiteError> {
    let begun = Instant::now();
    let (last, leader) = loop {
        let last = site.calls()?.pop();
        if let Some(last) = last
            && let Some(child) = children.iter_mut().find(|child| child.pid() == last.pid)
        {
            if !is_alive(child)? {
                return Ok(None);
            }
            break (last, child);
        }
        if begun.elapsed() > PATIENCE {
            return Err(SiteError::Endless(PATIENCE));
        }
        std::thread::sleep(LOOK_EVERY);
    };
    leader.freeze()?;
    let mut frozen = Frozen {
        pid: last.pid,
        epoch: last.epoch,
        frozen_at: site.clock().wall(),
        thawed_at: site.clock().wall(),
    };
    let begun = Instant::now();
    while frozen.taken_over(&site.calls()?).is_none() && begun.elapsed() < TAKE_OVER {
        std::thread::sleep(LOOK_EVERY);
    }
    leader.thaw()?;
    frozen.thawed_at = site.clock().wall();
    Ok(Some(frozen))
}

fn is_alive(child: &mut Child) -> Result<bool, SiteError> {
    match child.ended()? {
        None => Ok(true),
        Some(status) if status.success() => Ok(false),
        Some(status) => Err(io::Error::other(format!("a controller failed ({status})")).into()),
    }
}

fn judge(
    site: &Site,
    number: u64,
    controllers: usize,
    frozen: &[Frozen],
) -> Result<Told, SiteError> {
    let (ending, calls) = (Ending::of(site)?, site.calls()?);
    let mut wrong = ending.left_behind()?;
    wrong.extend(wrong_acts(&calls, ending.entries(), frozen));
    if ending.outcome() != RecordOutcome::Completed {
        wrong.push(format!("it ended {:?}", ending.outcome()));
    }
    if !frozen.iter().any(|one| one.taken_over(&calls).is_some()) {
        wrong.push("nobody ever took over".to_owned());
    }
    let freezes = frozen.iter().map(|one| {
        let next = one.taken_over(&calls).filter(|call| call.at <= one.thawed_at);
        let taken_over_ms = next.map(|call| {
            u64::try_from(call.at.since(one.frozen_at).as_millis()).unwrap_or(u64::MAX)
        });
        Freeze {
            phase: ending.phase_at(one.frozen_at),
            taken_over_ms,
            late_calls: one.late_calls(&calls),
        }
    });
    let (freezes, outcome) = (freezes.collect(), ending.outcome());
    Ok(Told { round: number, controllers, freezes, outcome, wrong })
}

fn text(arguments: &Arguments, rounds: &[Told], folder: &Path) -> String {
    if arguments.json {
        let all = serde_json::json!({ "seed": arguments.seed, "rounds": rounds });
        return format!("{all:#}\n");
    }
    let mut text = String::from(
        "round  controllers  frozen in        another acted after  late calls  ended\n",
    );
    for round in rounds {
        for freeze in &round.freezes {
            let (number, controllers) = (round.round, round.controllers);
            let phase = freeze.phase.as_deref().unwrap_or("(nothing yet)");
            let after = freeze.taken_over_ms.map_or_else(
                || "nobody could".to_owned(),
                |ms| format!("{}.{} s", ms / 1000, ms % 1000 / 100),
            );
            let (late, outcome) = (freeze.late_calls, round.outcome);
            text += &format!(
                "{number:>5}  {controllers:>11}  {phase:<15}  {after:<19}  {late:>10}  {outcome:?}\n"
            );
        }
        for wrong in &round.wrong {
            text += &format!("       wrong: {wrong}\n");
        }
    }
    text += &format!(
        "\nlook at: another one acts once the lease of {LEASE:?} is over and it has looked again, \
         every {RENEW:?}; a late call is the one that the frozen controller was in, or its last page\n"
    );
    if arguments.keep.is_some() || rounds.iter().any(|round| !round.wrong.is_empty()) {
        text += &format!("the rounds are in {}\n", folder.display());
    }
    text
}

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => CANNOT_PLAY,
    }
}

/// How often a controller is frozen and another one takes over.
const FREEZES: usize = 2;
/// With those that nobody could take over from.
const MOST_FREEZES: usize = 6;
/// So long a controller may act before it is frozen.
const LONGEST_TURN: Duration = Duration::from_secs(4);
/// A lease, a look and a fold, on a host that is very busy.
const TAKE_OVER: Duration = Duration::from_secs(25);
/// A round is given up after this.
const PATIENCE: Duration = Duration::from_secs(240);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const BAD_INPUT: u8 = 64;
const CANNOT_PLAY: u8 = 70;
