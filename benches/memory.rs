//! Memory and wakes of a live rollout: 10,000 in one process, all parked.
//!
//! `cargo bench -p greenflow-benches --bench memory`
//!
//! One simulated world, journal and clock are shared by all, so that what is measured is the
//! rollouts: a future, a machine and a handle each, with a service and a journal of their own.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use greenflow_benches::{SEED, in_full, seed_plan, spec};
use greenflow_core::engine::Engine;
use greenflow_core::fact::StartOptions;
use greenflow_core::plan::Plan;
use greenflow_core::provider::Clock as _;
use greenflow_core::value::{ServiceName, Who};
use greenflow_mock::{Sim, World};

fn main() -> Result<(), Box<dyn Error>> {
    let count: u32 = if in_full() { 10_000 } else { 100 };
    let world = World::new(&spec(), SEED);
    let clock = world.clock();
    let journal = Arc::new(world.journal());
    let engine = Engine::single(world.providers(), journal).with_clock(Arc::new(clock.clone()));
    let plans = (0..count).map(numbered).collect::<Result<Vec<_>, _>>()?;
    let before = resident()?;
    let wakes = Arc::new(AtomicU64::new(0));
    let mut handles = Vec::new();
    let mut runs = FuturesUnordered::new();
    for (number, plan) in plans.iter().enumerate() {
        let id = format!("rollout-{number}").parse()?;
        let (handle, run) = engine.start(id, plan.clone(), StartOptions::new(Who::new("bench")));
        handles.push(handle);
        runs.push(Counted { run: Box::pin(run), polls: Arc::clone(&wakes) });
    }
    let sim = Sim::new(&world);
    let mut drive_until = |moment: Duration| {
        let all = async {
            let mut awake = Box::pin(clock.sleep_until(moment));
            poll_fn(|cx| {
                while let Poll::Ready(Some(_)) = runs.poll_next_unpin(cx) {}
                awake.as_mut().poll(cx)
            })
            .await;
        };
        sim.run(all)
    };
    // A day before its checklist is due every rollout is created, scheduled and parked.
    let begun = clock.monotonic();
    drive_until(begun + HOUR)?;
    let live = handles.iter().filter(|handle| handle.status().is_some()).count();
    let grown = resident()?.saturating_sub(before);
    let each = grown / u64::from(count);
    write(&format!("{live} of {count} rollouts live: {grown} bytes, {each} bytes each"))?;
    let woken = wakes.load(Ordering::Relaxed);
    drive_until(begun + HOUR + PARKED)?;
    let woken = wakes.load(Ordering::Relaxed) - woken;
    let hours = PARKED.as_secs() / HOUR.as_secs();
    write(&format!("{woken} wakes of all in the {hours} hours after that"))?;
    Ok(())
}

/// A run whose polls are counted: each is a wake of it.
struct Counted<R> {
    run: Pin<Box<R>>,
    polls: Arc<AtomicU64>,
}

impl<R: Future> Future for Counted<R> {
    type Output = R::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Output> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.run.as_mut().poll(cx)
    }
}

/// The seed plan for a service of its own.
fn numbered(number: u32) -> Result<Plan, Box<dyn Error>> {
    let mut body = seed_plan()?.body().clone();
    body.service = ServiceName::new(format!("service-{number}"))?;
    Ok(Plan::from_body(body)?)
}

/// Bytes of this process in memory.
fn resident() -> Result<u64, Box<dyn Error>> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = pages.split_whitespace().nth(1).ok_or("no second field")?.parse()?;
    Ok(pages * PAGE)
}

const HOUR: Duration = Duration::from_secs(3600);
/// Not as long as until their checklist is due.
const PARKED: Duration = Duration::from_secs(10 * 3600);
/// The page of every Linux this is run on.
const PAGE: u64 = 4096;

fn write(line: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}")
}
