//! A rollout driven by ticks alone.

use std::fs;
use std::future::poll_fn;
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join};
use greenflow_core::engine::{EngineError, LeaseLoss, RunEnd, Ticker};
use greenflow_core::machine::Ended;
use greenflow_core::plan::Plan;
use greenflow_core::provider::Clock;
use greenflow_mock::{HandleDesk, SimClock, World, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, options, rollout, short_plan};

/// Calls the ticker whenever it wants to be called, or so much later; returns how the run ended,
/// and how often it was called. Stops calling at `until`.
async fn tick(
    ticker: &mut Ticker,
    clock: &SimClock,
    late: Duration,
    until: Duration,
) -> (Option<Result<RunEnd, EngineError>>, u64) {
    let mut ticks = 0;
    let mut sleep: BoxFuture<'_, ()> = async {}.boxed();
    let end = poll_fn(|cx| {
        loop {
            if clock.monotonic() >= until {
                return Poll::Ready(None);
            }
            ticks += 1;
            let mut ticked = ticker.tick(cx, clock.monotonic(), clock.wall());
            if let Some((_, end)) = ticked.ended.pop() {
                return Poll::Ready(Some(end));
            }
            let next = ticked.next.unwrap().saturating_add(late);
            sleep = clock.sleep_until(next.min(until)).boxed();
            if sleep.poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await;
    (end, ticks)
}

fn ticker(stage: &Stage) -> Ticker {
    let clock = stage.world.clock();
    Ticker::new(stage.engine("one"), clock.monotonic(), clock.wall())
}

#[test]
fn the_whole_seed_plan_runs_by_ticks_alone() {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let read = |path: &str| fs::read_to_string(examples.join(path)).unwrap();
    let plan = Plan::from_toml(&read("plans/greenflow.toml")).unwrap();
    let spec = WorldSpec::from_toml(&read("worlds/healthy.toml")).unwrap();
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    let clock = world.clock();
    let engine = greenflow_core::engine::Engine::single(
        world.providers(),
        std::sync::Arc::new(world.journal()),
    );
    let mut ticker = Ticker::new(engine, clock.monotonic(), clock.wall());
    let handle = ticker.start(rollout("seed"), plan.clone(), options());
    let desk = HandleDesk::new(handle, plan.clone());
    let play = spec.script.play(&world, &desk, plan.body());
    let ticking = tick(&mut ticker, &clock, Duration::ZERO, Duration::MAX);
    let sim = greenflow_mock::Sim::new(&world);
    let ((end, ticks), _) = sim.run(join(ticking, play)).unwrap();
    assert!(matches!(end, Some(Ok(RunEnd::Ended(Ended::Completed)))), "{end:?}");
    println!("{ticks} ticks");
    assert_eq!(world.totals().nobody, 0);
}

#[test]
fn a_host_that_is_a_little_late_loses_nothing() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let mut ticker = ticker(&stage);
    ticker.start(stage.rollout.clone(), stage.plan.clone(), options());
    let clock = stage.world.clock();
    let ticking = tick(&mut ticker, &clock, 4 * SECOND, Duration::MAX);
    let (end, _) = stage.sim().run(ticking).unwrap();
    assert!(matches!(end, Some(Ok(RunEnd::Ended(Ended::Completed)))), "{end:?}");
    stage.is_sound(Ended::Completed);
}

#[test]
fn a_host_that_is_frozen_for_longer_than_its_lease_loses_it_and_calls_nobody() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let clock = stage.world.clock();
    let mut ticker = ticker(&stage);
    ticker.start(stage.rollout.clone(), stage.plan.clone(), options());
    let (end, _) = stage.sim().run(tick(&mut ticker, &clock, Duration::ZERO, 3 * MINUTE)).unwrap();
    assert!(end.is_none(), "{end:?}");
    let facts = stage.entries().len();
    stage.sim().let_pass(20 * SECOND);
    let calls = stage.calls();
    let (end, _) =
        stage.sim().run(tick(&mut ticker, &clock, Duration::ZERO, Duration::MAX)).unwrap();
    let Some(Err(EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. })) = end else {
        panic!("{end:?}")
    };
    // Nobody else goes on: that is worth a page, and nothing more.
    assert!(stage.calls() <= calls + 1, "{} calls", stage.calls() - calls);
    assert_eq!(stage.entries().len(), facts);
    ticker.resume(stage.rollout.clone());
    let ticking = tick(&mut ticker, &clock, Duration::ZERO, Duration::MAX);
    let (end, _) = stage.sim().run(ticking).unwrap();
    assert!(matches!(end, Some(Ok(RunEnd::Ended(Ended::Completed)))), "{end:?}");
    stage.is_sound(Ended::Completed);
}
