//! Embeds the engine: a plan in code, carried out in a simulated world.
//!
//! `cargo run --release --example quickstart` prints each phase and when it began, and at last
//! `api: Completed after 3d 18m 45s 250ms`. Give [`Engine`] your own providers, journal and clock
//! instead of the world's, and it is production.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use greenflow_core::engine::{Engine, EventKind};
use greenflow_core::fact::{Fact, StartOptions};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::record::Record;
use greenflow_core::value::{Digest, Revision, RolloutId, Timestamp, Who, duration};
use greenflow_mock::{Sim, World, WorldSpec};

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

/// Prints to `out`, so that a test can read it.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let digest = Digest::new(format!("sha256:{}", "c0ffee42".repeat(8)))?;
    let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(Duration::from_millis(500)))
        .step(10, Duration::from_mins(5))
        .step(50, Duration::from_mins(10))
        .step(100, Duration::ZERO)
        .bake(Duration::from_mins(30))
        .keep_blue()
        .build()?;

    let world = World::new(&WorldSpec::healthy(), 1);
    let engine = Engine::single(world.providers(), Arc::new(world.journal()))
        .with_clock(Arc::new(world.clock()));
    let (rollout, options) = (RolloutId::new("api-1")?, StartOptions::new(Who::new("you")));
    let (handle, run) = engine.start(rollout.clone(), plan, options);

    let mut events = handle.events();
    let watch = async {
        while let Some(event) = events.next().await {
            let EventKind::Recorded(entry) = event.kind else { continue };
            let Fact::Moved(to) = &entry.fact else { continue };
            let after = entry.at.since(Timestamp::ZERO);
            writeln!(out, "{:>18}  {}", duration::format(after), to.name())?;
        }
        io::Result::Ok(())
    };
    let sim = Sim::new(&world);
    let (ended, written) = sim.run(join(run, watch))?;
    ended?;
    written?;
    let record = Record::from_entries(&sim.run(engine.entries(&rollout))??)?;
    Ok(writeln!(out, "api: {:?} after {}", record.outcome, record.duration_seconds)?)
}
