//! What people say is bound to what there is, and starts are bound to what is allowed.

use std::sync::Arc;

use futures_util::future::{Either, join, select};
use greenflow_core::engine::{CommandError, Engine, RunEnd};
use greenflow_core::fact::{Fact, Move, StartOptions, Supersede};
use greenflow_core::machine::{Action, Command, Ended, PhaseName};
use greenflow_core::provider::Clock;
use greenflow_core::value::{RolloutId, Who};
use greenflow_mock::script::Says;
use greenflow_mock::world::Trigger;
use greenflow_mock::{HandleDesk, Sim, World, WorldSpec};

use super::run::{WHOLE, lead, mins, plan, run, saying};

#[test]
fn k37_abort_changes_nothing_once_blue_is_gone() {
    let late = Trigger::Phase { phase: PhaseName::Watching, after: mins(60) };
    let run = run(plan(), saying(WorldSpec::healthy(), lead(late, Says::Abort)));
    assert_eq!(run.ended, Ended::Completed);
    let abort = run.said.iter().find(|said| said.command.action == Action::Abort).unwrap();
    assert!(abort.answer.is_err(), "{abort:?}");
    let truth = run.world.truth();
    assert_eq!((truth.sides.green.healthy, truth.share.green), (WHOLE, 1.0));
    run.nobody_was_left_alone();
}

#[test]
fn k37_abort_after_the_end_is_rejected() {
    let spec = WorldSpec::healthy();
    let plan = plan().build().unwrap();
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    let engine = Engine::single(world.providers(), Arc::new(world.journal()))
        .with_clock(Arc::new(world.clock()));
    let id = RolloutId::new("r").unwrap();
    let (handle, run) = engine.start(id.clone(), plan.clone(), StartOptions::new(Who::new("Kim")));
    let desk = HandleDesk::new(handle.clone(), plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let sim = Sim::new(&world);
    let (end, _) = sim.run(join(run, play)).unwrap();
    assert!(matches!(end.unwrap(), RunEnd::Ended(Ended::Completed)));
    let before = (world.truth().sides, sim.run(engine.entries(&id)).unwrap().unwrap());
    let abort = Command::new(Who::new("Kim"), "late", Action::Abort);
    let answer = sim.run(handle.command(abort)).unwrap().unwrap_err();
    assert!(matches!(answer, CommandError::Ended | CommandError::Gone), "{answer:?}");
    assert_eq!((world.truth().sides, sim.run(engine.entries(&id)).unwrap().unwrap()), before);
}

#[test]
fn a_freeze_window_refuses_the_start() {
    let frozen = plan().freeze("holidays", "2026-02-08 00:00", "2026-02-10 00:00");
    let run = run(frozen, WorldSpec::healthy());
    assert_eq!(run.ended, Ended::Refused);
    let refused = run.entries.iter().find_map(|entry| {
        let Fact::Moved(Move::Refuse(reason)) = &entry.fact else { return None };
        Some(reason.problems.join("; "))
    });
    assert!(refused.unwrap().contains("holidays"));
    assert!(!run.world.truth().sides.green.exists && run.most_on_green() < f64::EPSILON);
}

/// A newer rollout of the same service starts an hour into the retention of the older one.
#[test]
fn a_newer_rollout_supersedes_one_in_retention() {
    let spec = WorldSpec::healthy();
    let plan = plan().build().unwrap();
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    let clock = world.clock();
    let engine = Engine::single(world.providers(), Arc::new(world.journal()))
        .with_clock(Arc::new(clock.clone()));
    let (old, new) = (RolloutId::new("older").unwrap(), RolloutId::new("newer").unwrap());
    let kim = || Who::new("Kim");
    let (handle, run) = engine.start(old.clone(), plan.clone(), StartOptions::new(kim()));
    let status = handle.clone();
    let desk = HandleDesk::new(handle, plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let wish = Supersede { rollout: old.clone(), who: kim(), why: "a fix".to_owned() };
    let newer = async {
        while status.status().is_none_or(|status| status.phase != PhaseName::Retaining) {
            clock.sleep_until(clock.monotonic() + mins(1)).await;
        }
        clock.sleep_until(clock.monotonic() + mins(60)).await;
        // Without the wish the service is locked; with it the older one's blue is retired first.
        let plain = engine.start(new.clone(), plan.clone(), StartOptions::new(kim())).1.await;
        assert!(plain.is_err(), "{plain:?}");
        let options = StartOptions::new(kim()).supersede(wish);
        let (_, run) = engine.start(new.clone(), plan.clone(), options);
        run.await
    };
    let older = Box::pin(join(run, play));
    let end = match Sim::new(&world).run(select(older, Box::pin(newer))).unwrap() {
        Either::Right((end, _)) => end,
        Either::Left((_, newer)) => Sim::new(&world).run(newer).unwrap(),
    };
    let entries = |id| Sim::new(&world).run(engine.entries(id)).unwrap().unwrap();
    let retire_now = entries(&old).into_iter().find_map(|entry| {
        let Fact::Commanded(Command { action, .. }) = entry.fact else { return None };
        let Action::RetireNow { superseded_by } = action else { return None };
        superseded_by
    });
    assert_eq!(retire_now, Some(new.clone()));
    // The world's sides keep their roles, so the newer one finds no blue to go back to: refused.
    assert!(matches!(end.unwrap(), RunEnd::Ended(Ended::Refused)));
    let truth = world.truth();
    assert!(!truth.sides.blue.exists && truth.share.green == 1.0, "{truth:?}");
    assert_eq!(world.totals().nobody, 0);
}
