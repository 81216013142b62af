//! Rollouts whose controller is gone are found and taken up, all the time (L3, L11, L12).

use futures_util::future::{Either, join, join_all, join3, select};
use greenflow_core::engine::{Adopted, CommandError, Engine, RunEnd};
use greenflow_core::fact::Fact;
use greenflow_core::machine::{Action, Command, Ended, PhaseName};
use greenflow_core::provider::{ListFilter, NoticeKind};
use greenflow_core::value::{RolloutId, Who};
use greenflow_mock::{Freezable, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, options, plan_of, rollout, short_plan};

fn say(action: Action) -> Command {
    Command::new(Who::new("ann"), "said in a test", action)
}

/// Runs `work` beside a controller that takes up whatever it finds, until `work` has ended.
async fn beside_recovery<T>(engine: &Engine, work: impl Future<Output = T>) -> T {
    let recovery = engine.recovery().drive();
    match select(Box::pin(work), Box::pin(recovery)).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => panic!("a recovery does not end by itself"),
    }
}

#[test]
fn a_rollout_whose_controller_died_is_acted_on_again_within_25_seconds() {
    let mut longest = std::time::Duration::ZERO;
    for after in (3..1080).step_by(41) {
        let stage = Stage::new(short_plan(), &WorldSpec::healthy());
        let (first, second) = (stage.engine("one"), stage.engine("two"));
        let (_handle, run) = stage.start(&first);
        let (run, freezer) = Freezable::new(run);
        let killed = async {
            stage.sleep_until(after * SECOND).await;
            freezer.kill();
            let before = stage.row().await;
            // Nobody is waited for while it waits itself, or when it is over.
            before.owner?;
            let (killed, calls) = (stage.now(), stage.calls());
            while stage.row().await.epoch == before.epoch || stage.calls() == calls {
                stage.sleep(SECOND / 4).await;
            }
            Some(stage.now() - killed)
        };
        let work = join3(run, killed, stage.until_ended());
        let (_, took, ended) = stage.sim().run(beside_recovery(&second, work)).unwrap();
        assert_eq!(ended, PhaseName::Completed, "killed after {after} s");
        if let Some(took) = took {
            assert!(took <= 25 * SECOND, "killed after {after} s: {took:?}");
            longest = longest.max(took);
        }
        stage.is_sound(Ended::Completed);
    }
    assert!(longest > 10 * SECOND, "nobody waited for a lease: {longest:?}");
}

#[test]
fn a_controller_that_comes_back_by_its_name_takes_up_at_once() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let (_handle, run) = stage.start(&stage.engine("one"));
    let (run, freezer) = Freezable::new(run);
    let again = async {
        stage.sleep(MINUTE).await;
        freezer.kill();
        let facts = stage.entries().len();
        beside_recovery(&stage.engine("one"), stage.sleep(SECOND)).await;
        let later = stage.entries();
        assert!(matches!(later[facts].fact, Fact::EpochBegan { .. }), "{:?}", later[facts]);
    };
    stage.sim().run(join(run, again)).unwrap();
}

#[test]
fn what_this_engine_drives_is_not_taken_up_a_second_time() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let engine = stage.engine("one");
    let (_handle, run) = stage.start(&engine);
    let end = stage.sim().run(beside_recovery(&engine, run)).unwrap();
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::Completed))), "{end:?}");
    let began =
        |entry: &&greenflow_core::fact::Entry| matches!(entry.fact, Fact::EpochBegan { .. });
    assert_eq!(stage.entries().iter().filter(began).count(), 1);
    stage.is_sound(Ended::Completed);
}

/// Starts rollouts that wait for tomorrow, each of a service of its own.
fn start_waiting(stage: &Stage, engine: &Engine, count: usize) -> Vec<RolloutId> {
    let tomorrow = stage.world.clock().true_wall().after(1440 * MINUTE);
    let ids: Vec<_> = (0..count).map(|number| rollout(&format!("waiting-{number:04}"))).collect();
    let runs = ids.iter().enumerate().map(|(number, id)| {
        let plan = plan_of(&format!("service-{number}"))
            .step(100, MINUTE)
            .keep_blue()
            .preflight_at(tomorrow)
            .build()
            .unwrap();
        engine.start(id.clone(), plan, options()).1
    });
    let ends = stage.sim().run(join_all(runs)).unwrap();
    for end in ends {
        assert!(matches!(end, Ok(RunEnd::Parked { due_in: Some(_) })), "{end:?}");
    }
    ids
}

#[test]
fn rollouts_that_wait_are_rows_and_are_taken_up_when_they_are_due() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let engine = stage.engine("one").leaving_parked();
    let ids = start_waiting(&stage, &engine, 300);
    let held = ListFilter { unended: true, ..ListFilter::default() };
    let rows = stage.sim().run(stage.list(held)).unwrap();
    assert_eq!(rows.len(), ids.len());
    assert!(rows.iter().all(|row| row.owner.is_none()), "nobody holds a lease");
    let mut recovery = engine.recovery();
    let begun = stage.now();
    let adopted = stage.sim().run(recovery.next()).unwrap().unwrap();
    // A longer absence would not count in full.
    assert!(stage.now() - begun >= 45 * MINUTE, "{:?}", stage.now() - begun);
    let end = stage.sim().run(adopted.run).unwrap();
    assert!(matches!(end, Ok(RunEnd::Parked { .. })), "{end:?}");
    let facts = stage.entries_of(adopted.handle.rollout());
    assert_eq!(facts.len(), 2, "a wake without news is not written down: {facts:?}");
}

#[test]
fn between_its_first_phases_a_rollout_waits_for_its_time_of_day_without_a_lease() {
    let hour = |hours: u32| WorldSpec::healthy().begins().after(hours * 60 * MINUTE);
    let plan = short_plan().provision_at(hour(3)).verify_at(hour(6)).shift_at(hour(9));
    let stage = Stage::new(plan, &WorldSpec::healthy());
    let (_handle, run) = stage.start(&stage.engine("one"));
    let look = async {
        let mut seen = Vec::new();
        for half in [3_u32, 9, 15] {
            stage.sleep_until(half * 30 * MINUTE).await;
            assert_eq!(stage.row().await.owner, None, "{half} half hours");
            seen.extend(stage.phase());
        }
        seen
    };
    let (end, seen) = stage.sim().run(join(run, look)).unwrap();
    assert_eq!(seen, [PhaseName::Preflight, PhaseName::Verifying, PhaseName::Verifying]);
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::Completed))), "{end:?}");
    stage.is_sound(Ended::Completed);
}

#[test]
fn a_journal_that_cannot_be_read_stops_nobody_and_is_paged_once() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let ids = start_waiting(&stage, &stage.engine("one").leaving_parked(), 100);
    for id in &ids {
        // As if the controller had died: everything is due at once.
        stage.journal.tamper(id, |frames| frames.truncate(1));
    }
    stage.journal.tamper(&ids[0], |frames| frames[0].frame[20] ^= 0x40);
    let engine = stage.engine("two");
    stage.sim().let_pass(120 * MINUTE);
    let before: Vec<_> = ids.iter().map(|id| stage.journal.frames(id).len()).collect();
    stage.sim().run(beside_recovery(&engine, stage.sleep(SECOND))).unwrap();
    let after: Vec<_> = ids.iter().map(|id| stage.journal.frames(id).len()).collect();
    assert_eq!(after[0], before[0]);
    assert!(after[1..].iter().zip(&before[1..]).all(|(after, before)| after > before), "{after:?}");
    stage.sim().run(beside_recovery(&engine, stage.sleep(5 * 60 * MINUTE))).unwrap();
    let notices = stage.world.notices();
    let pages = notices.iter().filter(|(_, notice)| notice.kind == NoticeKind::Page);
    assert_eq!(pages.count(), 1);
    let rows = stage.sim().run(stage.list(ListFilter::default())).unwrap();
    let epoch = rows.iter().find(|row| row.rollout == ids[0]).unwrap().epoch;
    assert!(epoch < 15, "tried too often: epoch {epoch}");
}

#[test]
fn a_recovery_drives_no_more_than_it_may() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let ids = start_waiting(&stage, &stage.engine("one").leaving_parked(), 10);
    stage.sim().let_pass(120 * MINUTE);
    let engine = stage.engine("two");
    let mut recovery = engine.recovery().at_most(3);
    let taken = stage.sim().run(async {
        let mut taken = Vec::new();
        for _ in 0..3 {
            taken.push(recovery.next().await.unwrap());
        }
        let fourth = select(Box::pin(recovery.next()), Box::pin(stage.sleep(MINUTE))).await;
        assert!(matches!(fourth, Either::Right(_)), "a fourth one was taken up");
        taken
    });
    let names = |taken: &[Adopted]| -> Vec<_> {
        taken.iter().map(|adopted| adopted.handle.rollout().clone()).collect()
    };
    let first = names(&taken.unwrap());
    assert_eq!(first, ids[..3], "and dropping them gives their places back");
    let next = stage.sim().run(async {
        let mut taken = Vec::new();
        for _ in 0..3 {
            taken.push(recovery.next().await.unwrap());
        }
        taken
    });
    assert_eq!(names(&next.unwrap()), ids[3..6], "everybody has a turn");
}

#[test]
fn a_command_reaches_a_rollout_that_nobody_holds() {
    let plan = short_plan().retain(600 * MINUTE);
    let stage = Stage::new(plan, &WorldSpec::healthy());
    let engine = stage.engine("one").leaving_parked();
    let (handle, run) = stage.start(&engine);
    let end = stage.sim().run(run).unwrap();
    assert!(matches!(end, Ok(RunEnd::Parked { .. })), "{end:?}");
    let other = stage.engine("two");
    let (late, early) = stage
        .sim()
        .run(join(
            handle.command(say(Action::Abort)),
            other.command(&stage.rollout, say(Action::Abort)),
        ))
        .unwrap();
    assert_eq!((late, early), (Err(CommandError::Parked), Err(CommandError::NotTakenUp)));
    let said = stage.now();
    let abort = async {
        let unknown = other.command(&rollout("unknown"), say(Action::Abort)).await;
        assert_eq!(unknown, Err(CommandError::NotCreated));
        assert_eq!(other.command(&stage.rollout, say(Action::Abort)).await, Ok(()));
        assert!(stage.now() - said < SECOND, "{:?}", stage.now() - said);
        stage.until_ended().await;
        let ended = other.command(&stage.rollout, say(Action::Abort)).await;
        assert_eq!(ended, Err(CommandError::Ended));
    };
    stage.sim().run(beside_recovery(&other, abort)).unwrap();
    assert_eq!(stage.phase(), Some(PhaseName::RolledBack));
    stage.is_sound(Ended::RolledBack);
}

#[test]
fn a_command_to_a_rollout_of_another_controller_is_answered_with_its_name() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let (_handle, run) = stage.start(&stage.engine("one"));
    let other = stage.engine("two");
    let told = async {
        stage.sleep(MINUTE).await;
        let answer = other.command(&stage.rollout, say(Action::Abort)).await;
        let Err(CommandError::HeldElsewhere { owner }) = answer else { panic!("{answer:?}") };
        assert_eq!(owner.as_str(), "one");
    };
    let (end, ()) = stage.sim().run(beside_recovery(&other, join(run, told))).unwrap();
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::Completed))), "{end:?}");
}

#[test]
fn what_is_handed_over_is_taken_up_without_waiting_for_a_lease() {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let (first, second) = (stage.engine("one"), stage.engine("two"));
    let (_handle, run) = stage.start(&first);
    let handed = async {
        stage.sleep(MINUTE).await;
        first.hand_over_all().await;
        let facts = stage.entries().len();
        let handed = stage.now();
        while stage.entries().len() == facts {
            stage.sleep(SECOND / 4).await;
        }
        assert!(stage.now() - handed <= 6 * SECOND, "{:?}", stage.now() - handed);
        stage.until_ended().await
    };
    // The first one's own recovery must not take back what it hands over.
    let both = join3(run, first.recovery().drive(), handed);
    let (end, (), ended) = stage.sim().run(beside_recovery(&second, both)).unwrap();
    assert!(matches!(end, Ok(RunEnd::HandedOver)), "{end:?}");
    assert_eq!(ended, PhaseName::Completed);
    stage.is_sound(Ended::Completed);
}

#[test]
fn a_store_that_is_away_for_ten_minutes_is_recovered_from() {
    use greenflow_mock::Operation;
    use greenflow_mock::faults::{Fault, FaultKind};
    use greenflow_mock::world::Trigger;
    let mut spec = WorldSpec::healthy();
    for operation in Operation::ALL.iter().filter(|operation| operation.is_journal()) {
        let away = Fault::new(FaultKind::Outage)
            .on(*operation)
            .from(Trigger::Elapsed(MINUTE))
            .lasting(10 * MINUTE);
        spec = spec.with_fault(away);
    }
    let stage = Stage::new(short_plan(), &spec);
    let engine = stage.engine("one");
    let (_handle, run) = stage.start(&engine);
    let work = join(run, stage.until_ended());
    let (end, ended) = stage.sim().run(beside_recovery(&engine, work)).unwrap();
    assert!(end.is_err(), "{end:?}");
    assert_eq!(ended, PhaseName::Completed);
    stage.is_sound(Ended::Completed);
}
