//! Every wait has an end that no other clock and no flapping moves.

use std::sync::Arc;

use futures_util::future::{Either, join, select};
use greenflow_core::engine::{Engine, RunEnd};
use greenflow_core::fact::{Entry, Fact, RollbackKind, StartOptions, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::Clock;
use greenflow_core::value::{RolloutId, Split, Weight, Who};
use greenflow_mock::faults::{Fault, FaultKind};
use greenflow_mock::world::{Change, Health, Planned, RouterChange, SideChange, Trigger};
use greenflow_mock::{HandleDesk, Operation, Sim, World, WorldSpec};

use super::run::{carry_out, green, mins, plan, run, secs, seed_plan, world_file};

#[test]
fn k25_blues_retention_keeps_nothing_else_from_ending() {
    let late = Trigger::Phase { phase: PhaseName::Retaining, after: mins(20 * 60) };
    let bad = green(late, SideChange::Errors(0.3));
    let run = run(plan(), WorldSpec::healthy().with_planned(bad));
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::Breach);
    let since = decided.since(run.entered(PhaseName::Retaining).unwrap());
    // A look every half hour, and a second one soon after a bad one.
    assert!(since >= mins(20 * 60) && since < mins(20 * 60 + 35), "{since:?}");
    assert!(run.until_off_green(decided) < secs(30));
}

#[test]
fn k26_a_green_that_flaps_does_not_put_its_deadline_off() {
    let mut spec = WorldSpec::healthy();
    spec.green.fleet.health = Health::CrashLoop { up: secs(10), down: mins(2) };
    let run = run(plan().provision_within(mins(10)), spec);
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::ProvisionFailed);
    let took = decided.since(run.entered(PhaseName::Provisioning).unwrap());
    assert!(took >= mins(10) && took < mins(11), "{took:?}");
    assert!(run.most_on_green() < f64::EPSILON);
}

#[test]
fn a_removal_that_is_refused_is_tried_anew_when_blue_is_not_in_use_any_more() {
    let retaining = Trigger::on(PhaseName::Retaining);
    let away = Fault::new(FaultKind::Outage).on(Operation::Remove).from(retaining);
    let split = Split::to_green(Weight::from_percent(30).unwrap());
    let when = Trigger::Phase { phase: PhaseName::Retiring, after: secs(1) };
    let other_hand = Planned::new(when, Change::Router(RouterChange::Split(split)));
    let spec = WorldSpec::healthy()
        .with_fault(away.lasting(mins(50)))
        .with_planned(other_hand.lasting(mins(30)));
    let run = run(plan().retain(mins(40)), spec);
    assert_eq!(run.ended, Ended::Completed);
    let refused = |entry: &Entry| {
        let Fact::Outcome(outcome) = &entry.fact else { return false };
        outcome.failure.as_ref().is_some_and(|failure| failure.operation == "remove")
    };
    assert!(run.entries.iter().any(refused), "nothing was in its way");
    assert!(!run.world.truth().sides.blue.exists, "blue is left over");
}

#[test]
fn k29_a_crash_between_the_last_write_and_its_record_is_survived() {
    let spec = WorldSpec::healthy();
    let plan = plan().build().unwrap();
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    let clock = world.clock();
    let engine = Engine::single(world.providers(), Arc::new(world.journal()))
        .with_clock(Arc::new(clock.clone()));
    let id = RolloutId::new("r").unwrap();
    let (handle, run) = engine.start(id.clone(), plan.clone(), StartOptions::new(Who::new("Kim")));
    let desk = HandleDesk::new(handle, plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let crash = async {
        // The configuration changes halfway through the call, before its answer.
        while world.truth().configured[0].green < 10_000 {
            clock.sleep_until(clock.monotonic() + std::time::Duration::from_millis(1)).await;
        }
    };
    let whole = Box::pin(join(run, play));
    // Dropping the run at this point is the crash.
    let limits = greenflow_mock::SimLimits::default();
    match Sim::new(&world).with_limits(limits).run(select(whole, Box::pin(crash))).unwrap() {
        Either::Right(((), dropped)) => drop(dropped),
        Either::Left(_) => panic!("it ended before it crashed"),
    }
    let before = Sim::new(&world).run(engine.entries(&id)).unwrap().unwrap();
    let (handle, run) = engine.resume(id.clone());
    let desk = HandleDesk::new(handle, plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let (end, _) = Sim::new(&world).run(join(run, play)).unwrap();
    assert!(matches!(end.unwrap(), RunEnd::Ended(Ended::Completed)));
    let after = Sim::new(&world).run(engine.entries(&id)).unwrap().unwrap();
    assert_eq!(after[..before.len()], before);
    let raises = |entry: &&Entry| {
        matches!(&entry.fact, Fact::Intent { write: Write::Raise { split }, .. }
            if *split == Split::ALL_GREEN)
    };
    assert_eq!(after.iter().filter(raises).count(), 1, "it was not decided a second time");
    assert_eq!(world.totals().nobody, 0);
}

#[test]
fn k34_an_approval_that_never_comes_goes_back_at_its_time() {
    let run = carry_out(seed_plan(), world_file("approval-never"));
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::ApprovalExpired);
    let asked = run.entered(PhaseName::AwaitingApproval).unwrap();
    assert!(decided.since(asked) >= mins(30));
}
