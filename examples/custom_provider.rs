//! Providers of your own: a world in a folder, proved by the test kit and driven by the engine.
//!
//! You learn how to write a load balancer, a compute provider and the smaller ones beside them, so
//! that the engine can rely on them: what a write must survive, what an error must say, what a read
//! must never pretend. The providers are in `examples/support/file_provider/`, to be read as a
//! tutorial; start with its `mod.rs`.
//!
//! ```sh
//! cargo run --release --example custom_provider
//! ```
//!
//! It first runs the test kit over each provider and prints the reports, then carries out the seed
//! plan with them, on virtual time, and shows what is in the folder:
//!
//! ```text
//! file world as LoadBalancer: 11 passed, 0 failed, 0 skipped
//!   LB-1   every_route_is_read_in_a_stable_order              pass
//! ..
//! 2026-02-11 10:35:00  shifting
//! ..
//! 2026-02-18 11:21:52  completed
//! ```
//!
//! Exit status 0: every clause is kept, and the rollout is complete; 1: not so.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join3;
use greenflow_core::engine::{Engine, EventKind, EventStream, Handle, RunEnd};
use greenflow_core::fact::{Fact, StartOptions};
use greenflow_core::machine::{Action, Command, Ended, PhaseName};
use greenflow_core::plan::{ConfirmedBy, Plan, PlanBody};
use greenflow_core::provider::Clock;
use greenflow_core::record::Zone;
use greenflow_core::value::{Digest, RoleName, Side, WallTime, Who};
use greenflow_examples::file_provider::{FileWorld, conformance};
use greenflow_mock::{MemoryJournal, Sim, SimClock};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("greenflow-world-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let done = run(&folder, &mut io::stdout().lock());
    std::fs::remove_dir_all(&folder)?;
    done
}

/// Proves the providers, then drives the seed plan with them in this folder.
pub(crate) fn run(folder: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let reports = conformance();
    writeln!(out, "{reports}")?;
    if !reports.is_conformant() {
        return Err("a clause is broken".into());
    }
    let ended = drive(folder, 0, out)?;
    if ended == Ended::Completed { Ok(()) } else { Err(format!("it ended {ended:?}").into()) }
}

/// Drives the seed plan in this folder; of a million requests on green so many fail.
pub(crate) fn drive(
    folder: &Path,
    failing_ppm: u64,
    out: &mut impl Write,
) -> Result<Ended, Box<dyn Error>> {
    let plan = greenflow_examples::seed_plan()?;
    let clock = SimClock::starting_at(WallTime::from_unix_millis(BEGIN));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let blue = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
    let world = FileWorld::create(folder, Arc::clone(&shared), plan.body(), &blue)?;
    world.fail_requests(Side::Green, failing_ppm)?;

    let journal = Arc::new(MemoryJournal::new(Arc::clone(&shared)));
    let engine = Engine::single(world.providers(), journal).with_clock(shared);
    let rollout = "greenflow-api-1".parse()?;
    let (handle, run) = engine.start(rollout, plan.clone(), options(plan.body()));
    let timeline = timeline(handle.events(), plan.body(), out);
    let people = people(handle, &plan);
    let (end, shown, ()) = Sim::with_clock(clock).run(join3(run, timeline, people))?;
    shown?;

    let (on_blue, on_green) = world.served()?;
    writeln!(out, "\nrequests: {on_blue} on blue, {on_green} on green")?;
    writeln!(out, "notices:  {}", world.notices()?)?;
    for file in ["balancer.json", "compute.json"] {
        writeln!(out, "{file}: {}", one_line(&world.path().join(file))?)?;
    }
    match end? {
        RunEnd::Ended(ended) => Ok(ended),
        RunEnd::HandedOver | RunEnd::Parked { .. } => Err("nobody asked for that".into()),
    }
}

/// The people have confirmed every item of the checklists that is theirs.
fn options(plan: &PlanBody) -> StartOptions {
    let items = plan.checklists.iter().flat_map(|list| &list.items);
    let options = StartOptions::new(Who::new("custom_provider")).because("to prove the providers");
    items.fold(options, |options, item| match &item.confirmed_by {
        ConfirmedBy::Role(role) => options.confirm(item.item.clone(), somebody(role)),
        ConfirmedBy::Check(_) => options,
    })
}

/// The people, once the rollout runs: they approve and acknowledge as soon as they are asked.
async fn people(mut handle: Handle, plan: &Plan) {
    let (mut approved, mut acknowledged) = (false, false);
    while let Some(status) = handle.changed().await {
        if let (Some(of), Some(asked), false) = (status.approval, &plan.body().approval, approved) {
            approved = say(&handle, &asked.roles, &Action::Approve { of }).await;
        } else if status.phase == PhaseName::Confirming && !acknowledged {
            let roles = &plan.body().confirm.acknowledge;
            acknowledged = say(&handle, roles, &Action::Acknowledge).await;
        }
    }
}

/// Says it in each role; whether all of it was accepted. What came too early is said again later.
async fn say(handle: &Handle, roles: &[RoleName], action: &Action) -> bool {
    let mut all = true;
    for role in roles {
        let command = Command::new(somebody(role), "asked by the plan", action.clone());
        all &= handle.command(command).await.is_ok();
    }
    all
}

fn somebody(role: &RoleName) -> Who {
    Who::new(format!("the {role}")).in_role(role.clone())
}

/// Shows every phase as it is entered.
async fn timeline(
    mut events: EventStream,
    plan: &PlanBody,
    out: &mut impl Write,
) -> io::Result<()> {
    let zone = Zone::named(&plan.zone);
    while let Some(event) = events.next().await {
        if let EventKind::Recorded(entry) = &event.kind
            && let Fact::Moved(to) = &entry.fact
        {
            let at = zone.show(entry.wall);
            let phase = to.target().map_or_else(|| to.name().to_owned(), |phase| phase.to_string());
            writeln!(out, "{} {}  {phase}", at.date(), at.clock())?;
        }
    }
    Ok(())
}

fn one_line(file: &Path) -> io::Result<String> {
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
    Ok(value.to_string())
}

/// 2026-02-09 09:00 in Seoul, before the seed plan's first date.
const BEGIN: i64 = 1_770_595_200_000;
