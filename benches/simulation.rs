//! How many seed rollouts a core simulates a second, through engine, journal and world, each with
//! a seed of its own: without oracles, and with all of them.
//!
//! `cargo bench -p greenflow-benches --bench simulation`
//!
//! Time is counted while this process really runs, so that others on the machine matter less.
//! `ROLLOUTS` says how many are run of each kind, and `ORACLES` (`on` or `off`) leaves the other
//! kind out, for a profiler.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use greenflow_benches::{in_full, seed_plan, spec};
use greenflow_mock::Rehearsal;
use mimalloc::MiMalloc;

/// As in the example `rehearse`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let usual = if in_full() { 500 } else { 2 };
    let rollouts = std::env::var("ROLLOUTS").map_or(Ok(usual), |text| text.parse::<u32>())?;
    let wanted = std::env::var("ORACLES").ok();
    let rehearsal = Rehearsal::new(seed_plan()?, spec());
    if wanted.as_deref() != Some("on") {
        rate("off", rollouts, &rehearsal)?;
    }
    if wanted.as_deref() != Some("off") {
        rate("on", rollouts, &rehearsal.watched())?;
    }
    Ok(())
}

/// Runs so many rollouts and says how many of them a second has.
fn rate(oracles: &str, rollouts: u32, rehearsal: &Rehearsal) -> Result<(), Box<dyn Error>> {
    let before = busy()?;
    let mut facts = 0;
    for seed in 1..=u64::from(rollouts) {
        let done = rehearsal.run(seed)?;
        if let Some(violation) = done.violations.first() {
            return Err(violation.to_string().into());
        }
        facts += done.entries.len();
    }
    let each = (busy()? - before) / rollouts.max(1);
    let a_second = 1.0 / each.as_secs_f64();
    writeln!(
        std::io::stdout(),
        "oracles {oracles}: {a_second:.1} rollouts a second, {each:?} each ({rollouts} rollouts, {facts} facts)"
    )?;
    Ok(())
}

/// How long this process has run on a core.
fn busy() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanos = stat.split_whitespace().next().ok_or("an empty schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
