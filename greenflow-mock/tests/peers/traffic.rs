//! Traffic is where the engine believes it to be, before it goes on and before anything is removed.

use futures_util::future::{Either, select};
use greenflow_core::engine::Engine;
use greenflow_core::fact::{Fact, HoldReason, Move, StartOptions, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::{Clock, JournalError, NoticeKind};
use greenflow_core::value::{RolloutId, RouteId, Side, Split, Who};
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::script::Says;
use greenflow_mock::world::{Again, Change, RouterChange, SideChange, Trigger};
use greenflow_mock::{Operation, Sim, World, WorldSpec};
use std::sync::Arc;

use super::run::{
    WHOLE, blue, carry_out, green, green_at, lead, mins, plan, run, saying, secs, seed_plan,
    world_file,
};

#[test]
fn k01_a_throttled_balancer_keeps_blue_whole_and_its_retention_unbegun() {
    let run = carry_out(seed_plan(), world_file("throttled-20m"));
    assert_eq!(run.ended, Ended::Completed);
    let whole = run.observed(Split::ALL_GREEN).unwrap();
    let removal = run.entered(PhaseName::Retiring).unwrap();
    assert!(removal.since(whole) >= mins(72 * 60));
    run.blue_stood_until(removal);
    run.nobody_was_left_alone();
}

#[test]
fn k01_a_write_that_requests_do_not_follow_is_told_and_never_taken_for_done() {
    let stuck = Change::Router(RouterChange::Propagation(mins(20)));
    let spec = WorldSpec::healthy().with_change(green_at(50).later(mins(5)), stuck);
    let resume = Trigger::Phase { phase: PhaseName::Held, after: mins(10) };
    let run = run(plan(), saying(spec, lead(resume, Says::Resume)));
    assert_eq!(run.ended, Ended::Completed);
    // Told when the time to see it had run out, long before the requests followed.
    let stalled = |fact: &Fact| {
        matches!(fact, Fact::Moved(Move::Hold { reason: HoldReason::Stalled { .. }, .. }))
    };
    let (held, whole) = (run.when(stalled).unwrap(), run.observed(Split::ALL_GREEN).unwrap());
    assert!(held < whole);
    let paged =
        |fact: &Fact| matches!(fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Page);
    assert!(run.when(paged).unwrap() <= held);
    assert!(run.entered(PhaseName::Baking).unwrap() >= whole);
    let removal = run.entered(PhaseName::Retiring).unwrap();
    assert!(removal.since(whole) >= mins(72 * 60));
    run.blue_stood_until(removal);
}

#[test]
fn k02_green_stands_until_its_traffic_is_gone() {
    let abort = green_at(50).later(mins(5));
    let away = Fault::new(FaultKind::Outage).on(Operation::SetSplit).from(abort).lasting(mins(10));
    let run = run(plan(), saying(WorldSpec::healthy().with_fault(away), lead(abort, Says::Abort)));
    assert_eq!(run.ended, Ended::RolledBack);
    let (_, decided) = run.went_back();
    assert!(run.until_off_green(decided) > mins(9), "the balancer was away");
    run.green_stood_while_it_served();
    run.nobody_was_left_alone();
    assert_eq!(run.intents(|write| matches!(write, Write::Remove { side: Side::Green, .. })), 1);
    assert_eq!(run.world.truth().sides.green.running, 0);
}

#[test]
fn k03_a_newer_version_cannot_push_out_one_that_serves() {
    let spec = WorldSpec::healthy();
    let world = World::new(&spec, 1);
    let plan = plan().build().unwrap();
    world.learn(plan.body());
    let clock = world.clock();
    let engine = Engine::single(world.providers(), Arc::new(world.journal()))
        .with_clock(Arc::new(clock.clone()));
    let begin = |name| {
        let id = RolloutId::new(name).unwrap();
        engine.start(id, plan.clone(), StartOptions::new(Who::new("Kim")))
    };
    let (handle, older) = begin("older");
    let desk = greenflow_mock::HandleDesk::new(handle, plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let newer = async {
        while world.truth().share.green < 0.1 {
            clock.sleep_until(clock.monotonic() + secs(10)).await;
        }
        begin("newer").1.await
    };
    let both = Box::pin(futures_util::future::join(older, play));
    let refused = match Sim::new(&world).run(select(both, Box::pin(newer))).unwrap() {
        Either::Right((refused, _)) => refused.unwrap_err(),
        Either::Left(_) => panic!("the older one ended first"),
    };
    let greenflow_core::engine::EngineError::Journal(JournalError::ServiceLocked { by, .. }) =
        refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(by.as_str(), "older");
    let truth = world.truth();
    assert!(truth.share.green > 0.09 && truth.sides.green.healthy == WHOLE, "{truth:?}");
}

#[test]
fn k04_no_step_is_taken_that_green_is_too_small_for() {
    let lost = green(green_at(10).later(secs(290)), SideChange::Lose(5));
    let run = run(plan(), WorldSpec::healthy().with_planned(lost));
    assert_eq!(run.ended, Ended::Completed);
    let step = run.moments.iter().position(|moment| moment.green_share > 0.4).unwrap();
    assert_eq!(run.moments[step].green.healthy, WHOLE);
    let lost = run.moments[..step]
        .iter()
        .any(|moment| moment.green_share > 0.05 && moment.green.healthy == 1);
    assert!(lost, "the step had to wait");
    run.nobody_was_left_alone();
}

#[test]
fn k05_scaling_does_not_keep_traffic_from_going_back() {
    let abort = green_at(50).later(mins(5));
    let again = Again::new(secs(4), 50);
    let grow = blue(abort, SideChange::Targets(8)).again(again);
    let shrink = blue(abort.later(secs(2)), SideChange::Targets(7)).again(again);
    let spec = WorldSpec::healthy().with_planned(grow).with_planned(shrink);
    let run = run(plan(), saying(spec, lead(abort, Says::Abort)));
    assert_eq!(run.ended, Ended::RolledBack);
    let (_, decided) = run.went_back();
    assert!(run.until_off_green(decided) < mins(1));
    run.nobody_was_left_alone();
}

#[test]
fn k07_every_route_is_written_and_read_back() {
    let half =
        Fault::new(FaultKind::Partial { parts: 1 }).on(Operation::SetSplit).picking(Pick::Every(2));
    let mut spec = WorldSpec::healthy().with_fault(half);
    spec.router.routes = ["shop", "admin"].map(|name| RouteId::new(name).unwrap()).to_vec();
    let run = run(plan(), spec);
    assert_eq!(run.ended, Ended::Completed);
    for entry in &run.entries {
        let Fact::TrafficObserved { split, .. } = &entry.fact else { continue };
        let last = run.moments.iter().rfind(|moment| moment.wall <= entry.wall).unwrap();
        let whole = u32::from(split.green().basis_points());
        assert_eq!(last.configured, [whole, whole], "{split}");
    }
    run.nobody_was_left_alone();
}

#[test]
fn k09_a_read_back_that_fails_is_tried_again() {
    let away = Fault::new(FaultKind::Throttle { retry_after: None })
        .on(Operation::ReadSplit)
        .from(green_at(10))
        .lasting(mins(5));
    let run = run(plan(), WorldSpec::healthy().with_fault(away));
    assert_eq!(run.ended, Ended::Completed);
    let (ten, half) = (run.entered(PhaseName::Shifting).unwrap(), run.moments.iter());
    let half = half.clone().find(|moment| moment.green_share > 0.4).unwrap().wall;
    assert!(half.since(ten) < mins(15), "it went on by itself: {:?}", half.since(ten));
}

#[test]
fn k33_green_has_no_share_while_it_waits_for_people() {
    let run = carry_out(seed_plan(), world_file("approval-never"));
    assert!(run.most_on_green() < f64::EPSILON);
}

/// Green loses its targets while people are asked, and they approve.
#[test]
fn k33_a_green_without_targets_gets_no_share_whoever_approves() {
    let asked = Trigger::on(PhaseName::AwaitingApproval);
    let gone = green(asked, SideChange::Targets(0));
    let full = green(asked, SideChange::Quota(Some(0)));
    let run = run(plan(), WorldSpec::healthy().with_planned(full).with_planned(gone));
    let approved =
        |fact: &Fact| matches!(fact, Fact::Commanded(said) if said.action.name() == "approve");
    let approved = run.when(approved).unwrap();
    let shifting = run.entered(PhaseName::Shifting).unwrap();
    assert!(shifting >= approved, "they let it begin");
    assert!(run.moments.iter().any(|moment| moment.wall >= approved && moment.green.healthy == 0));
    for moment in &run.moments {
        let served = moment.green_share > 0.0 || moment.configured.iter().any(|weight| *weight > 0);
        assert!(!served || moment.green.healthy > 0, "{moment:?}");
    }
    run.nobody_was_left_alone();
}

#[test]
fn k36_blue_stands_although_green_flaps_at_the_last_step() {
    let lost = green(green_at(100).later(secs(10)), SideChange::Lose(2));
    let run = run(plan(), WorldSpec::healthy().with_planned(lost));
    assert_eq!(run.ended, Ended::Completed);
    let removal = run.entered(PhaseName::Retiring).unwrap();
    assert!(removal.since(run.observed(Split::ALL_GREEN).unwrap()) >= mins(72 * 60));
    run.blue_stood_until(removal);
    run.nobody_was_left_alone();
}
