//! Shows what becomes of a bad release: the seed plan in a world where green fails.
//!
//! You learn what a rollback looks like from the first harmed request to the last notice: how long
//! it took to detect the fault, to decide, and to cut the traffic (`T_rb`), how many requests were
//! harmed by then, who was told what, and what the execution record says of it.
//!
//! ```sh
//! cargo run --release --example rollback
//! ```
//!
//! The world is `examples/worlds/green-errors.toml`: green passes every check on test traffic and
//! fails 30 % of the requests in production. So the first step, 10 % of the traffic, finds it:
//!
//! ```text
//! exposed    2026-02-11 10:35:00  green gets its first 10 % of the traffic, and fails
//! detected   2026-02-11 10:35:15  after 12s 975ms: the first bad sample
//! decided    2026-02-11 10:35:45  after 30s: go back, major: green error-rate 28.59 % (limit 1 %)
//! cut        2026-02-11 10:35:45  after 100ms (T_rb): green is read back as 0 %
//! done       2026-02-11 10:37:45  green is stopped, the state is checked, people are told
//! ```
//!
//! Exit status 0: it went back as it should; 1: it did not.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use greenflow_core::fact::RollbackKind;
use greenflow_core::record::{Record, RecordOutcome, RollbackRecord, Seconds, ZonedTime};
use greenflow_examples::{Played, Rehearsal};
use greenflow_mock::WorldSpec;

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock()).map(drop)
}

/// Rehearses the bad release, shows it, and fails unless it went back as it should.
pub(crate) fn run(out: &mut impl Write) -> Result<Played, Box<dyn Error>> {
    let plan = greenflow_examples::built_in_plan()?;
    let budget = plan.body().rollback.budget;
    let world = WorldSpec::from_toml(WORLD)?;
    writeln!(out, "{}\n", world.about)?;
    let played = Rehearsal::new(plan, world, SEED).run(&mut io::sink())?;
    let record = &played.record;
    let rollback = record.rollback.as_ref().ok_or("it did not go back")?;

    way_back(out, record, rollback)?;
    harm(out, &played)?;
    notices(out, record, rollback)?;
    writeln!(out, "\nThe rollback in the execution record:")?;
    writeln!(out, "{}", serde_json::to_string_pretty(rollback)?)?;

    as_expected(record, rollback, budget)?;
    Ok(played)
}

fn way_back(out: &mut impl Write, record: &Record, rollback: &RollbackRecord) -> io::Result<()> {
    let mut line = |what: &str, at: Option<ZonedTime>, text: String| {
        let at =
            at.map_or_else(|| "never".to_owned(), |at| format!("{} {}", at.date(), at.clock()));
        writeln!(out, "{what:<9}  {at:<19}  {text}")
    };
    let fault = record.splits.iter().find(|split| split.green_bp > 0);
    let step = fault.and_then(|split| split.read_back_at);
    line("exposed", step, "green gets its first 10 % of the traffic, and fails".to_owned())?;
    let after =
        |took: Option<Seconds>| took.map_or_else(|| "?".to_owned(), |took| took.to_string());
    let detect = after(record.time_to_detect_seconds);
    line("detected", rollback.breach_at, format!("after {detect}: the first bad sample"))?;
    let decide = after(record.time_to_decide_seconds);
    let why = format!("after {decide}: go back, {}: {}", rollback.severity, rollback.reason);
    line("decided", Some(rollback.decided_at), why)?;
    let t_rb = after(rollback.t_rb_seconds);
    let cut = format!("after {t_rb} (T_rb): green is read back as 0 %");
    line("cut", rollback.cut_read_back_at, cut)?;
    let done = "green is stopped, the state is checked, people are told".to_owned();
    line("done", rollback.finished_at, done)
}

fn harm(out: &mut impl Write, played: &Played) -> io::Result<()> {
    let (measured, truth) = (&played.record.requests, &played.truth);
    writeln!(out, "\nRequests: {} on blue, {} on green", truth.blue, truth.green)?;
    writeln!(out, "  harmed, as measured  {}", measured.harmed)?;
    writeln!(out, "  harmed, in truth     {}", truth.harmed)
}

/// Shows what people were told from the first bad sample on.
fn notices(out: &mut impl Write, record: &Record, rollback: &RollbackRecord) -> io::Result<()> {
    writeln!(out, "\nNotices:")?;
    let from = rollback.breach_at.unwrap_or(rollback.decided_at).wall();
    for notice in record.notices.iter().filter(|notice| notice.queued_at.wall() >= from) {
        let at = notice.queued_at.clock();
        writeln!(out, "  {at}  {:<10} {}", notice.audience, notice.text)?;
    }
    Ok(())
}

fn as_expected(
    record: &Record,
    rollback: &RollbackRecord,
    budget: Duration,
) -> Result<(), Box<dyn Error>> {
    let t_rb = rollback.t_rb_seconds.ok_or("the cut was never read back")?;
    if record.outcome != RecordOutcome::RolledBack || rollback.kind != RollbackKind::Breach {
        return Err(format!("it ended as {:?} by {:?}", record.outcome, rollback.kind).into());
    }
    if t_rb.as_duration() > budget {
        return Err(format!("T_rb of {t_rb} is over the budget").into());
    }
    Ok(())
}

const WORLD: &str = include_str!("worlds/green-errors.toml");
/// All chance in the world follows from it.
const SEED: u64 = 1;
