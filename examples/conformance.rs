//! Prints the test kit's report of a provider, clause by clause, as a table.
//!
//! ```sh
//! cargo run --release --example conformance -- [TRAIT] [--broken NAME] [--list] [--json]
//! ```
//!
//! Without arguments it checks every provider of the simulated world; `TRAIT` picks one, such as
//! `load-balancer`. `--broken` checks a provider that is wrong on purpose, such as `rounds-splits`,
//! and `--list` prints the names of those. How to write fixtures for your own provider stands in
//! the documentation of `greenflow_core::testkit`.
//!
//! Exit status: 0 conformant, 1 not conformant, 64 bad input, 70 the output could not be written.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::testkit::{Reports, judge};
use greenflow_mock::broken::Mistake;
use greenflow_mock::fixtures::{kit, world_for_kit};

/// Checks the contract of a provider, and prints a table of its clauses.
#[derive(Parser, Debug)]
#[command(name = "conformance", version)]
struct Arguments {
    /// The trait, such as load-balancer; without one, every trait.
    #[arg(value_name = "TRAIT", conflicts_with = "broken")]
    of: Option<String>,
    /// Check the provider that makes this mistake on purpose.
    #[arg(long, value_name = "NAME")]
    broken: Option<String>,
    /// Print the mistakes that there are.
    #[arg(long, conflicts_with_all = ["of", "broken", "json"])]
    list: bool,
    /// Print the reports as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let (mut out, mut err) = (io::BufWriter::new(io::stdout().lock()), io::stderr().lock());
    ExitCode::from(run(std::env::args_os(), &mut out, &mut err))
}

/// Does what the arguments say, and returns the exit status.
fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) if !help.use_stderr() => return told(out, &help.to_string(), 0),
        Err(error) => return told(err, &error.to_string(), BAD_INPUT),
    };
    if arguments.list {
        return told(out, &mistakes(), 0);
    }
    let reports = match check(&arguments) {
        Ok(reports) => reports,
        Err(message) => return told(err, &format!("{message}\n"), BAD_INPUT),
    };
    let text = if arguments.json {
        match serde_json::to_string_pretty(&reports) {
            Ok(json) => format!("{json}\n"),
            Err(error) => return told(err, &format!("{error}\n"), NO_OUTPUT),
        }
    } else {
        reports.to_string()
    };
    told(out, &text, u8::from(!reports.is_conformant()))
}

fn check(arguments: &Arguments) -> Result<Reports, String> {
    if let Some(name) = &arguments.broken {
        let known = || format!("there is no mistake \"{name}\"; --list prints them");
        return Ok([Mistake::named(name).ok_or_else(known)?.report()].into_iter().collect());
    }
    let mut reports = kit::world("the world", &world_for_kit());
    reports.extend([judge::run_all("the threshold judge", ThresholdJudge::new)]);
    let Some(of) = &arguments.of else {
        return Ok(reports);
    };
    let names: Vec<String> = reports.0.iter().map(|report| in_words(&report.trait_name)).collect();
    reports.0.retain(|report| in_words(&report.trait_name) == *of);
    if reports.0.is_empty() {
        return Err(format!("there is no trait \"{of}\"; there are {}", names.join(", ")));
    }
    Ok(reports)
}

/// Writes a trait's name as people type it: `LoadBalancer` is `load-balancer`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn mistakes() -> String {
    let line = |mistake: Mistake| {
        let (name, clause) = (mistake.name(), mistake.clause());
        format!("{name:<26} {clause:<6} {}\n", mistake.about())
    };
    Mistake::all().into_iter().map(line).collect()
}

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => NO_OUTPUT,
    }
}

const BAD_INPUT: u8 = 64;
const NO_OUTPUT: u8 = 70;

#[cfg(test)]
mod tests {
    use super::*;

    fn conformance(arguments: &[&str]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let all = ["conformance"].iter().chain(arguments).map(OsString::from);
        let status = run(all, &mut out, &mut err);
        (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_world_is_conformant() {
        let (status, out, _) = conformance(&[]);
        assert_eq!(status, 0, "{out}");
        assert!(out.contains("the world as LoadBalancer: 9 passed, 0 failed, 3 skipped"), "{out}");
        assert!(out.contains("the threshold judge as Judge: 4 passed"), "{out}");
    }

    #[test]
    fn one_trait_is_picked() {
        let (status, out, _) = conformance(&["metric-source"]);
        assert_eq!((status, out.lines().count()), (0, 8), "{out}");
    }

    #[test]
    fn a_broken_one_shows_its_clause() {
        let (status, out, _) = conformance(&["--broken", "rounds-splits"]);
        assert_eq!(status, 1);
        let failed: Vec<&str> = out.lines().filter(|line| line.contains("FAIL")).collect();
        assert_eq!(failed.len(), 1, "{out}");
        assert!(failed[0].starts_with("  LB-5 "), "{out}");
    }

    #[test]
    fn the_list_has_every_mistake() {
        let (status, out, _) = conformance(&["--list"]);
        assert_eq!((status, out.lines().count()), (0, Mistake::all().len()));
        assert!(out.contains("rounds-splits              LB-5   It rounds a split"), "{out}");
    }

    #[test]
    fn reports_are_json() {
        let (status, out, _) = conformance(&["--broken", "swaps-sides", "--json"]);
        let reports: Reports = serde_json::from_str(&out).unwrap();
        assert_eq!((status, reports.failed().len()), (1, 1));
    }

    #[test]
    fn bad_input_is_said_and_nothing_is_done() {
        for bad in [&["--broken", "nobody"][..], &["nothing"], &["--colour"], &["a", "b"]] {
            let (status, out, err) = conformance(bad);
            assert_eq!((status, out.as_str()), (64, ""), "{bad:?}");
            assert!(!err.is_empty());
        }
    }
}
