//! A controller that was stopped for longer than its lease does nothing more (S28 to S33).

use futures_util::future::{join, join3};
use greenflow_core::engine::{EngineError, LeaseLoss};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::JournalError;
use greenflow_mock::{Freezable, World, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, options, rollout, short_plan};

/// Freezes the first controller at some moment, lets a second one take over, and lets the first
/// one go on while the second stands still: whatever happens then is the first one's doing.
fn freeze_at(moment: std::time::Duration) -> bool {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let (first, second) = (stage.engine("one"), stage.engine("two"));
    let (_handle, run) = stage.start(&first);
    let (run, leader) = Freezable::new(run);
    let (drive, other) = Freezable::new(second.recovery().drive());
    let check = async {
        stage.sleep_until(moment).await;
        leader.freeze();
        let before = stage.row().await;
        let led = before.owner.is_some();
        if led {
            while stage.row().await.epoch == before.epoch {
                stage.sleep(SECOND / 10).await;
            }
            stage.sleep(3 * SECOND).await;
            other.freeze();
            let facts = stage.entries().len();
            let (calls, notices) = (stage.calls(), stage.world.notices().len());
            leader.thaw();
            stage.sleep(8 * SECOND).await;
            assert_eq!(stage.entries().len(), facts, "a deposed controller wrote at {moment:?}");
            assert_eq!(stage.calls(), calls, "a deposed controller called at {moment:?}");
            assert_eq!(stage.world.notices().len(), notices, "a deposed controller spoke");
            other.thaw();
        }
        leader.thaw();
        let ended = stage.until_ended().await;
        other.kill();
        (led, ended)
    };
    let (end, _, (led, ended)) = stage.sim().run(join3(run, drive, check)).unwrap();
    if led {
        let end = end.unwrap();
        assert!(matches!(end, Err(EngineError::LeaseLost { .. })), "{end:?}");
    }
    assert_eq!(ended, PhaseName::Completed, "frozen at {moment:?}");
    stage.is_sound(Ended::Completed);
    led
}

#[test]
fn a_controller_that_was_frozen_for_longer_than_its_lease_does_nothing_more() {
    let moments = (1..1000).step_by(37).map(|second| second * SECOND + SECOND / 20);
    let led = moments.filter(|moment| freeze_at(*moment)).count();
    assert!(led >= 10, "only {led} of the moments had a leader");
}

#[test]
fn a_short_freeze_costs_nothing() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let engine = stage.engine("one");
    let (_handle, run) = stage.start(&engine);
    let (run, freezer) = Freezable::new(run);
    let stopped = async {
        for minute in 1..12 {
            let from = minute * MINUTE;
            freezer.freeze_between(&stage.world.clock(), from, from + 9 * SECOND).await;
        }
    };
    let (end, ()) = stage.sim().run(join(run, stopped)).unwrap();
    assert!(matches!(end, Some(Ok(_))), "{end:?}");
    stage.is_sound(Ended::Completed);
}

#[test]
fn a_lease_that_changes_hands_every_5_seconds_does_no_harm() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let engines = ["one", "two", "three"].map(|name| stage.engine(name));
    let (handle, run) = stage.start(&engines[0]);
    let pass_on = async |handle: greenflow_core::engine::Handle| {
        stage.sleep(5 * SECOND).await;
        handle.hand_over().await;
    };
    let (_, ()) = stage.sim().run(join(run, pass_on(handle))).unwrap();
    for turn in 1..90 {
        let (handle, run) = engines[turn % 3].resume(stage.rollout.clone());
        let (end, ()) = stage.sim().run(join(run, pass_on(handle))).unwrap();
        assert!(end.is_ok(), "{end:?}");
    }
    assert!(stage.row_now().epoch >= 90);
    let (_handle, run) = engines[0].resume(stage.rollout.clone());
    let end = stage.sim().run(run).unwrap();
    assert!(end.is_ok(), "{end:?}");
    match stage.phase() {
        Some(PhaseName::Completed) => stage.is_sound(Ended::Completed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_two_that_start_the_same_service_at_once_one_makes_no_call() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    // The same journal; but whatever the loser did to its world would be its own.
    let elsewhere = World::new(&WorldSpec::healthy(), 2);
    let loser = greenflow_core::engine::Engine::cluster(
        elsewhere.providers(),
        std::sync::Arc::new(stage.journal.clone()),
    )
    .with_clock(std::sync::Arc::new(stage.world.clock()));
    let (_one, run) = stage.start(&stage.engine("one"));
    let (_two, other) = loser.start(rollout("second"), stage.plan.clone(), options());
    let (_three, same) = loser.start(stage.rollout.clone(), stage.plan.clone(), options());
    let (end, locked, exists) = stage.sim().run(join3(run, other, same)).unwrap();
    assert!(end.is_ok(), "{end:?}");
    assert!(
        matches!(&locked, Err(EngineError::Journal(JournalError::ServiceLocked { by, .. }))
            if *by == stage.rollout),
        "{locked:?}"
    );
    assert!(matches!(exists, Err(EngineError::Journal(JournalError::Exists(_)))), "{exists:?}");
    assert!(elsewhere.calls().is_empty(), "{:?}", elsewhere.calls());
    stage.is_sound(Ended::Completed);
}

#[test]
fn a_leader_without_its_store_lets_go_before_anybody_can_take_over() {
    use greenflow_mock::faults::{Fault, FaultKind};
    use greenflow_mock::world::Trigger;
    use greenflow_mock::{Operation, SkewedClock};
    use std::sync::Arc;
    for rate in [-100_000, 0, 100_000] {
        let mute = Fault::new(FaultKind::Outage)
            .on(Operation::JournalRenew)
            .on(Operation::JournalRelease)
            .from(Trigger::Elapsed(2 * MINUTE))
            .lasting(MINUTE);
        let stage = Stage::new(short_plan(), &WorldSpec::healthy().with_fault(mute));
        let world = stage.world.clock();
        let own = SkewedClock::new(&world).at_rate(rate).booted_before(MINUTE);
        let (first, second) = (stage.engine_with("one", Arc::new(own)), stage.engine("two"));
        let (_handle, run) = stage.start(&first);
        let check = async {
            stage.sleep_until(2 * MINUTE).await;
            let mut recovery = second.recovery().every(SECOND / 10);
            // It is claimed, and not driven yet: whoever calls now is the first one.
            let adopted = recovery.next().await.unwrap();
            assert!(stage.now() <= 2 * MINUTE + 16 * SECOND, "{:?}", stage.now());
            let writes = stage.writes();
            stage.sleep(5 * SECOND).await;
            assert_eq!(stage.writes(), writes, "rate {rate}: a write after the take-over");
            drop(adopted);
        };
        let (end, ()) = stage.sim().run(join(run, check)).unwrap();
        assert!(
            matches!(&end, Err(EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. }))
                || matches!(
                    &end,
                    Err(EngineError::LeaseLost { loss: LeaseLoss::Fenced { .. }, .. })
                )
                || matches!(
                    &end,
                    Err(EngineError::LeaseLost { loss: LeaseLoss::Conflict { .. }, .. })
                ),
            "rate {rate}: {end:?}"
        );
    }
}
