//! Random plans, in random worlds, with random people and dying controllers: every guarantee is
//! watched, and every rollout ends.
//!
//! `GREENFLOW_SEED` says the first seed and `GREENFLOW_CASES` how many follow; by default the same
//! ones every time. Each failure prints one command that replays it, and the smallest case that
//! still fails; `GREENFLOW_TRACE=200` shows its facts and the last 200 lines of its trace too, and
//! those of a single case in any event. Put that
//! case into `tests/regressions/`: the cases there are replayed first. `GREENFLOW_FAILURES` says after
//! how many failures it stops.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails, and its table is for people to read"
)]

mod build;
mod case;
mod crew;
mod damage;
mod draw;
mod drive;
mod marks;
mod narrow;
mod rare;
mod shrink;
mod tally;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use case::Case;
use greenflow_core::fact::Entry;
use greenflow_mock::oracle::Violation;
use tally::Tally;

/// The first seed, and how many cases there are, unless the environment says otherwise.
const SEED: u64 = 1;
const CASES: u64 = 5000;
/// A run of at least so many cases must reach everything so often.
const REACHED: u64 = 50;
/// After so many failures the rest says little.
const MOST_FAILURES: u64 = 5;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[test]
fn every_guarantee_holds_and_every_rollout_ends() {
    let given = number("GREENFLOW_SEED");
    let first = given.unwrap_or(SEED);
    let cases =
        number("GREENFLOW_CASES").unwrap_or_else(|| if given.is_some() { 1 } else { CASES });
    if cases == 1 {
        let case = draw::case(first);
        println!("{}\n{}", serde_json::to_string(&case).unwrap(), story(&drive::run(&case, true)));
    }
    let next = AtomicU64::new(0);
    let (failed, most) = (AtomicU64::new(0), number("GREENFLOW_FAILURES").unwrap_or(MOST_FAILURES));
    let work = || {
        let (mut tally, mut failures) = (Tally::default(), Vec::new());
        loop {
            // Whatever was handed out is carried out, so the first to fail is always the same.
            if failed.load(Ordering::Relaxed) >= most {
                return (tally, failures);
            }
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= cases {
                return (tally, failures);
            }
            let case = draw::case(first + number);
            let done = drive::run(&case, false);
            if !done.violations.is_empty() {
                failed.fetch_add(1, Ordering::Relaxed);
                failures.push((case, done.violations.clone()));
            }
            tally.add(&done);
        }
    };
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            let (more, failed) = thread.join().unwrap();
            tally.merge(more);
            failures.extend(failed);
        }
    });
    println!("{}\n{}", tally.table(), marks::table());
    failures.sort_by_key(|(case, _)| case.seed);
    if !failures.is_empty() {
        let told: Vec<String> =
            failures.iter().map(|(case, violations)| tell(case, violations)).collect();
        panic!("{}", told.join("\n"));
    }
    if cases >= CASES {
        assert_eq!(tally.gaps(REACHED), Vec::<String>::new());
        assert_eq!(tally.edges_not_taken(), []);
        assert_eq!(marks::missed(), [], "branches that no case took");
    }
}

#[test]
fn what_once_failed_does_not_fail_again() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    for file in files {
        let case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let violations = drive::run(&case, false).violations;
        assert!(violations.is_empty(), "{}: {}", file.display(), list(&violations));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 1..20 {
        let case = draw::case(seed);
        let (one, two) = (drive::run(&case, true), drive::run(&case, true));
        assert_eq!(one.entries, two.entries, "seed {seed}");
        assert_eq!(one.trace, two.trace, "seed {seed}");
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("\n  {violation}")).collect()
}

/// Says what failed, how to see it again, and the smallest case that still does.
fn tell(case: &Case, violations: &[Violation]) -> String {
    let seed = case.seed;
    let mut text = format!(
        "\nseed {seed}: {}\nGREENFLOW_SEED={seed} cargo test -p greenflow-mock --test properties \
         -- --nocapture\n",
        list(violations)
    );
    if std::env::var_os("GREENFLOW_NO_SHRINK").is_none() {
        let small = shrink::shrink(case, violations[0].id);
        let done = drive::run(&small, true);
        text += &format!(
            "the smallest case that breaks {} too:{}\n{}\n{}\n",
            violations[0].id,
            list(&done.violations),
            serde_json::to_string(&small).unwrap(),
            story(&done)
        );
    }
    text
}

/// Its facts and the end of its trace, if `GREENFLOW_TRACE` asks for that.
fn story(done: &drive::Done) -> String {
    let told = number("GREENFLOW_TRACE").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if told == 0 {
        return String::new();
    }
    let lines: Vec<&str> = done.trace.lines().collect();
    let tail = lines[lines.len().saturating_sub(told)..].join("\n");
    format!("{}\n{tail}", facts(done).join("\n"))
}

fn facts(done: &drive::Done) -> Vec<String> {
    let fact = |entry: &Entry| {
        let text: String = format!("{:?}", entry.fact).chars().take(LONGEST).collect();
        format!("{} {:?} epoch {} {text}", entry.sequence, entry.at, entry.epoch)
    };
    done.entries.iter().map(fact).collect()
}

/// How much of a fact is shown, in characters.
const LONGEST: usize = 300;
