//! Kills a controller again and again, and shows that the rollout ends as if nobody had.
//!
//! ```sh
//! cargo run --release --example crash_recovery -- [--rounds N] [--seed N] [--keep DIR] [--json]
//! ```
//!
//! Each round starts a rollout in a process of its own, on a real clock, on a world in a folder
//! that this process owns, with a SQLite journal. It kills that process (SIGKILL) at a random
//! moment, starts another one, kills that, and so on; the last one is left alone. Every third
//! round green is bad and has to be rolled back.
//!
//! What is then compared with a rollout that nobody disturbed: the phases, the outcome and the
//! world. No target may have been made twice or left behind, and no side may have had traffic
//! while it had fewer targets than it should, at any moment: the world keeps every change.
//!
//! ```text
//! round  green  killed in                                   taken over in  ended
//!     1  good   shifting 1, shifting 3                     135 ms         completed
//! ```
//!
//! Look at how different the kills are and how equal the ends. `--keep DIR` leaves every round's
//! folder, with its world and journal: `--example audit` reads the latter.
//!
//! Exit status: 0 all rounds ended well; 1 one did not, its folder is kept and named; 64 bad input;
//! 70 a round could not be played.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use greenflow_core::record::RecordOutcome;
use greenflow_core::value::WallTime;
use greenflow_examples::process::{Call, Child, Ending, Launch, Site, SiteError, Task};
use greenflow_mock::{Rng, label};
use serde::Serialize;

/// Kills a controller again and again, and compares the end with an undisturbed rollout's.
#[derive(Parser, Debug)]
#[command(name = "crash_recovery", version)]
struct Arguments {
    /// How many rounds.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rounds: u64,
    /// When to kill follows from this number.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many rounds are played at a time. They mostly wait.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=100))]
    jobs: u64,
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
    bad_green: bool,
    kills: Vec<Kill>,
    outcome: RecordOutcome,
    wrong: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Kill {
    /// The phase that the journal had reached; nothing before its first fact.
    phase: Option<String>,
    /// From the kill to the next controller's first call; nothing if that was killed before.
    taken_over_ms: Option<u64>,
}

/// A round that was played.
struct Played {
    killed: Vec<WallTime>,
    calls: Vec<Call>,
    ending: Ending,
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
    let temporary = std::env::temp_dir().join(format!("greenflow-crash-{}", std::process::id()));
    let folder = arguments.keep.clone().unwrap_or(temporary);
    let parent = folder.parent().map_or(Ok(()), std::fs::create_dir_all);
    if let Err(error) = parent.and_then(|()| std::fs::create_dir(&folder)) {
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

/// Plays two undisturbed rounds and all others, and compares them.
fn play_all(arguments: &Arguments, folder: &Path, launch: &Launch) -> Result<Vec<Told>, SiteError> {
    // All of them before any process is started: between its fork and its exec a process shares the
    // locks of this one.
    let sites = (0..UNDISTURBED + arguments.rounds).map(|number| site(number, folder));
    let sites = sites.collect::<Result<Vec<Site>, _>>()?;
    let (next, played) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(site) = sites.get(place) else { return };
        let number = u64::try_from(place).unwrap_or(u64::MAX);
        let round = play(arguments.seed, number, site, launch);
        played.lock().unwrap_or_else(PoisonError::into_inner).push((number, round));
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(work);
        }
    });
    let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
    played.sort_by_key(|(number, _)| *number);
    let mut rounds = Vec::new();
    for (number, round) in played {
        rounds.push((number, round?));
    }
    let disturbed = rounds.split_off(usize::try_from(UNDISTURBED).unwrap_or(usize::MAX));
    let undisturbed = |bad: bool| &rounds[usize::from(bad)].1.ending;
    let mut all = Vec::new();
    for (number, _) in &rounds {
        let wrong = rounds[usize::from(is_bad(*number))].1.ending.left_behind()?;
        if !wrong.is_empty() {
            return Err(
                io::Error::other(format!("an undisturbed round went wrong: {wrong:?}")).into()
            );
        }
    }
    for (number, round) in disturbed {
        let bad_green = is_bad(number);
        let wrong = round.ending.wrong_beside(undisturbed(bad_green))?;
        let kills = round.kills();
        let outcome = round.ending.outcome();
        all.push(Told { round: number - UNDISTURBED + 1, bad_green, kills, outcome, wrong });
    }
    Ok(all)
}

/// Makes the site of a round.
fn site(number: u64, folder: &Path) -> Result<Site, SiteError> {
    let name = match number {
        0 => "undisturbed-good".to_owned(),
        1 => "undisturbed-bad".to_owned(),
        _ => format!("round-{}", number - UNDISTURBED + 1),
    };
    let site = Site::at(folder.join(name));
    site.create(if is_bad(number) { FAILING_PPM } else { 0 })?;
    Ok(site)
}

/// Plays one round to its end.
fn play(seed: u64, number: u64, site: &Site, launch: &Launch) -> Result<Played, SiteError> {
    let mut rng = Rng::keyed(seed, &[label("crash_recovery"), number]);
    let kills = if number < UNDISTURBED { 0 } else { 2 + rng.next_u64() % 4 };
    let mut killed = Vec::new();
    let task = Task::single(site);
    for _ in 0..kills {
        let mut child = launch.start(site, &task)?;
        let life = life(&mut rng);
        if ends_within(&mut child, life)? {
            break;
        }
        child.kill()?;
        killed.push(site.clock().wall());
    }
    let mut child = launch.start(site, &task)?;
    if !ends_within(&mut child, PATIENCE)? {
        return Err(SiteError::Endless(PATIENCE));
    }
    let ending = Ending::of(site)?;
    Ok(Played { killed, calls: site.calls()?, ending })
}

/// Draws how long a controller lives: half of them any time, and half of them so that short lives,
/// which end in the middle of taking over, are as likely as long ones.
fn life(rng: &mut Rng) -> Duration {
    if rng.chance(0.5) {
        LONGEST.mul_f64(rng.unit())
    } else {
        SHORTEST.mul_f64(LONGEST.div_duration_f64(SHORTEST).powf(rng.unit()))
    }
}

/// Waits until a controller has ended, for this long at most.
fn ends_within(child: &mut Child, longest: Duration) -> Result<bool, SiteError> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.ended()? {
            let failed = || io::Error::other(format!("a controller failed ({status})"));
            return if status.success() { Ok(true) } else { Err(failed().into()) };
        }
        let left = longest.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Ok(false);
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
}

impl Played {
    fn kills(&self) -> Vec<Kill> {
        let Self { killed, calls, ending } = self;
        let nexts = killed.iter().skip(1).map(Some).chain([None]);
        let kill = |(at, next): (&WallTime, Option<&WallTime>)| {
            let first = calls.iter().map(|call| call.at).find(|begun| begun >= at);
            let first = first.filter(|begun| next.is_none_or(|next| begun < next));
            let millis = |first: WallTime| u64::try_from(first.since(*at).as_millis());
            let taken_over_ms = first.map(|first| millis(first).unwrap_or(u64::MAX));
            Kill { phase: ending.phase_at(*at), taken_over_ms }
        };
        killed.iter().zip(nexts).map(kill).collect()
    }
}

fn text(arguments: &Arguments, rounds: &[Told], folder: &Path) -> String {
    if arguments.json {
        let seed = arguments.seed;
        let all = serde_json::json!({ "seed": seed, "rounds": rounds });
        return format!("{all:#}\n");
    }
    let mut text = format!(
        "{:>5}  {:<5}  {:<60}  {:<13}  ended\n",
        "round", "green", "killed in", "taken over in"
    );
    for round in rounds {
        let phase = |kill: &Kill| kill.phase.clone().unwrap_or_else(|| "(nothing yet)".to_owned());
        let killed: Vec<String> = round.kills.iter().map(phase).collect();
        let slowest = round.kills.iter().filter_map(|kill| kill.taken_over_ms).max();
        let slowest = slowest.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
        let green = if round.bad_green { "bad" } else { "good" };
        let (number, killed, outcome) = (round.round, killed.join(", "), outcome(round.outcome));
        text += &format!("{number:>5}  {green:<5}  {killed:<60}  {slowest:<13}  {outcome}\n");
        for wrong in &round.wrong {
            text += &format!("       wrong: {wrong}\n");
        }
    }
    let (kills, bad) = (
        rounds.iter().map(|round| round.kills.len()).sum::<usize>(),
        rounds.iter().filter(|round| !round.wrong.is_empty()).count(),
    );
    text += &format!(
        "\n{kills} kills in {} rounds; {bad} rounds ended otherwise than undisturbed\n",
        rounds.len()
    );
    text += "look at: the phases of the kills differ, the ends do not\n";
    if arguments.keep.is_some() || bad > 0 {
        text += &format!("the rounds are in {}\n", folder.display());
    }
    text
}

const fn outcome(outcome: RecordOutcome) -> &'static str {
    match outcome {
        RecordOutcome::Running => "not at all",
        RecordOutcome::Completed => "completed",
        RecordOutcome::RolledBack => "rolled back",
        RecordOutcome::Refused => "refused",
        RecordOutcome::Stuck => "stuck",
    }
}

/// Every third round, and the second undisturbed one.
const fn is_bad(number: u64) -> bool {
    number % 3 == 1
}

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => CANNOT_PLAY,
    }
}

/// The first rounds are for comparison: a good green, then a bad one.
const UNDISTURBED: u64 = 2;
/// Of a million requests on a bad green so many fail.
const FAILING_PPM: u64 = 300_000;
/// Between these a controller lives.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(6);
/// The last controller of a round is given up after this.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(5);
const BAD_INPUT: u8 = 64;
const CANNOT_PLAY: u8 = 70;
