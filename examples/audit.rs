//! Audits a journal: reads the facts of its rollouts, and says which guarantees they break.
//!
//! ```sh
//! cargo run --release --example crash_recovery -- --rounds 1 --keep /tmp/rounds
//! cargo run --release --example audit -- /tmp/rounds/round-1/journal.db
//! ```
//!
//! The judges are those of the simulated world, told nothing but the facts. What they need of the
//! outside is not in a journal; the list at the end says which guarantees that concerns. Nobody
//! knows here what the outside did, so every excuse that a judge takes is granted: what is reported
//! as broken has none.
//!
//! A running rollout may be audited too; nothing is claimed and nothing is written to its facts.
//! With `--features postgres`, a `postgres://` URL is a journal as well.
//!
//! Exit status: 0 nothing is broken; 1 something is; 3 a journal or a rollout in it cannot be
//! read, and the message names the fact; 64 bad input.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use greenflow_core::provider::JournalError;
use greenflow_core::value::RolloutId;
use greenflow_examples::audit::{self, Audited, Evidence, Finding, StoreError, guarantees};

/// Reads the facts of a journal's rollouts and says which guarantees they break.
#[derive(Parser, Debug)]
#[command(name = "audit", version)]
struct Arguments {
    /// The SQLite file, or a `postgres://` URL.
    journal: String,
    /// Only this rollout.
    #[arg(long, value_name = "ID")]
    rollout: Option<RolloutId>,
    /// Print one JSON object, and nothing else.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    ExitCode::from(run(std::env::args_os(), &mut out, &mut err))
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
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return told(err, &format!("{error}\n"), UNREADABLE),
    };
    let audited = match runtime.block_on(audited(&arguments)) {
        Ok(audited) => audited,
        Err(Failed { status, what }) => return told(err, &format!("{what}\n"), status),
    };
    let text = if arguments.json {
        format!("{:#}\n", serde_json::json!({ "rollouts": audited, "guarantees": guarantees() }))
    } else {
        text(&audited)
    };
    told(out, &text, status_of(&audited))
}

struct Failed {
    status: u8,
    what: String,
}

async fn audited(arguments: &Arguments) -> Result<Vec<Audited>, Failed> {
    let journal = audit::open(&arguments.journal).await.map_err(|error| Failed {
        status: if matches!(error, StoreError::NoJournal(_)) { BAD_INPUT } else { UNREADABLE },
        what: with_causes(&error),
    })?;
    let audited = audit::audit(journal.as_ref(), arguments.rollout.as_ref()).await;
    audited.map_err(|error| Failed {
        status: if matches!(error, JournalError::NotFound(_)) { BAD_INPUT } else { UNREADABLE },
        what: with_causes(&error),
    })
}

fn status_of(audited: &[Audited]) -> u8 {
    let any = |like: fn(&Finding) -> bool| audited.iter().any(|one| like(&one.finding));
    if any(|finding| matches!(finding, Finding::Unreadable(_))) {
        UNREADABLE
    } else if any(|finding| matches!(finding, Finding::Read { broken, .. } if !broken.is_empty())) {
        BROKEN
    } else {
        0
    }
}

fn text(audited: &[Audited]) -> String {
    let mut text = format!(
        "{:<24}  {:<16}  {:>5}  {:<11}  broken\n",
        "rollout", "service", "facts", "outcome"
    );
    for Audited { rollout, service, facts, finding } in audited {
        let (outcome, short, long) = match finding {
            Finding::Read { outcome, broken } => {
                let ids: Vec<&str> = broken.iter().map(|broken| broken.guarantee).collect();
                let ids = if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
                let long = broken.iter().map(|broken| {
                    format!("  {} at {} ms: {}\n", broken.guarantee, broken.at_ms, broken.what)
                });
                (format!("{outcome:?}"), ids, long.collect())
            }
            Finding::Unreadable(why) => {
                ("unreadable".to_owned(), "not known".to_owned(), format!("  {why}\n"))
            }
        };
        let (rollout, service) = (rollout.as_str(), service.as_str());
        text +=
            &format!("{rollout:<24}  {service:<16}  {facts:>5}  {outcome:<11}  {short}\n{long}");
    }
    if audited.is_empty() {
        text += "no rollout\n";
    }
    text + &judged()
}

/// Says what was judged, and what a journal alone cannot show.
fn judged() -> String {
    let of = |evidence| {
        let ids = guarantees().into_iter().filter(|guarantee| guarantee.evidence == evidence);
        ids.map(|guarantee| guarantee.id).collect::<Vec<_>>().join(" ")
    };
    format!(
        "\njudged whole:       {}\njudged in part:     {}\nneeds a world:      {}\n",
        of(Evidence::Journal),
        of(Evidence::JournalInPart),
        of(Evidence::World),
    )
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

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => UNREADABLE,
    }
}

const BROKEN: u8 = 1;
const UNREADABLE: u8 = 3;
const BAD_INPUT: u8 = 64;
