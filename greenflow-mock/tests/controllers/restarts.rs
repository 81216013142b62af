//! Controllers that are started anew again and again: the time of a rollout goes on all the same.

use std::time::Duration;

use futures_util::future::join;
use greenflow_core::engine::{Engine, EngineError, RunEnd};
use greenflow_core::fact::{Entry, Fact, Move, RollbackKind};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::{OtherwisePolicy, PlanBuilder};
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Side, Timestamp};
use greenflow_mock::world::{AnswerChange, Change, MetricsBehaviour, SideChange, Trigger};
use greenflow_mock::{Freezable, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, plan_of};

const HOUR: Duration = Duration::from_hours(1);

/// A plan that waits for a day: for looks every half hour, or for nothing at all.
fn long_plan() -> PlanBuilder {
    plan_of("shop").step(100, MINUTE).bake(MINUTE).retain(24 * HOUR).remove_blue()
}

/// Carries a rollout out by one process for each time that it waits; returns how it ended, and how many
/// there were.
fn by_processes(stage: &Stage) -> (Ended, usize) {
    let (_handle, run) = stage.start(&stage.engine("process-0").leaving_parked());
    let mut end = stage.sim().run(run).unwrap();
    let mut processes = 1;
    while let Ok(RunEnd::Parked { due_in }) = end {
        assert!(processes < 1000, "{processes} processes, and {:?} have passed", stage.now());
        let engine = stage.engine(&format!("process-{processes}")).leaving_parked();
        let next = async {
            stage.sleep(due_in.unwrap()).await;
            resume(stage, &engine).await
        };
        end = stage.sim().run(next).unwrap();
        processes += 1;
    }
    match end {
        Ok(RunEnd::Ended(ended)) => (ended, processes),
        end => panic!("{end:?}"),
    }
}

async fn resume(stage: &Stage, engine: &Engine) -> Result<RunEnd, EngineError> {
    engine.resume(stage.rollout.clone()).1.await
}

/// Kills the controller every so often and starts another one half a minute later, until the rollout
/// has ended.
async fn killed_every(stage: &Stage, span: Duration) {
    let mut lives = 0;
    while !stage.phase().is_some_and(PhaseName::is_terminal) {
        let engine = stage.engine(&format!("life-{lives}"));
        let (run, freezer) = Freezable::new(resume(stage, &engine));
        let killed = async {
            stage.sleep(span).await;
            freezer.kill();
        };
        join(run, killed).await;
        stage.sleep(SECOND * 30).await;
        lives += 1;
    }
}

#[test]
fn a_retention_takes_its_time_and_no_more_where_every_wait_is_another_process() {
    for (watch, processes) in [(Duration::ZERO, 25..40), (24 * HOUR, 40..70)] {
        let stage = Stage::new(long_plan().watch(watch), &WorldSpec::healthy());
        let (ended, count) = by_processes(&stage);
        assert_eq!(ended, Ended::Completed);
        assert!(processes.contains(&count), "{count} processes");
        let took = stage.now();
        assert!(took >= 24 * HOUR && took < 25 * HOUR, "{took:?}");
        assert!(stage.entries().len() < 100, "{} facts", stage.entries().len());
        stage.is_sound(Ended::Completed);
    }
}

#[test]
fn a_retention_takes_its_time_and_little_more_where_the_controller_dies_twice_a_day() {
    let stage = Stage::new(long_plan().retain(72 * HOUR), &WorldSpec::healthy());
    let (_handle, run) = stage.start(&stage.engine("first"));
    let (run, freezer) = Freezable::new(run);
    let first = async {
        stage.sleep(HOUR).await;
        freezer.kill();
    };
    stage.sim().run(join(run, first)).unwrap();
    stage.sim().run(killed_every(&stage, 11 * HOUR)).unwrap();
    let retained = |entry: &&Entry| matches!(entry.fact, Fact::Moved(Move::Retain | Move::Retire));
    let entries = stage.entries();
    let walls: Vec<_> = entries.iter().filter(retained).map(|entry| entry.wall).collect();
    let [from, to] = walls.as_slice() else { panic!("{walls:?}") };
    let took = to.since(*from);
    // The retention counts from the whole traffic on, a little earlier.
    assert!(took >= 71 * HOUR && took < 73 * HOUR, "{took:?}");
    stage.is_sound(Ended::Completed);
}

/// Each look is of another process, which knows only what is written down, and that was long ago: what
/// is bad now must not be lost in the well hours before.
#[test]
fn a_breach_is_found_by_the_next_look_where_every_look_is_another_process() {
    let bad = Change::Side(Side::Green, SideChange::Errors(0.05));
    let spec = WorldSpec::healthy().with_change(Trigger::Elapsed(20 * HOUR), bad);
    let stage = Stage::new(long_plan().watch(24 * HOUR), &spec);
    assert_eq!(by_processes(&stage).0, Ended::RolledBack);
    let took = stage.now();
    assert!(took > 20 * HOUR && took < 21 * HOUR, "{took:?}");
    stage.is_sound(Ended::RolledBack);
}

#[test]
fn measurements_that_stay_away_are_told_where_every_look_is_another_process() {
    let away = Change::Answer(AnswerChange::Metrics(MetricsBehaviour::Error));
    let spec = WorldSpec::healthy().with_change(Trigger::Elapsed(30 * HOUR), away);
    // Blue is gone by then.
    let plan = long_plan().watch(48 * HOUR);
    let stage = Stage::new(plan, &spec);
    assert_eq!(by_processes(&stage).0, Ended::Completed);
    let entries = stage.entries();
    let told = |entry: &&Entry| match &entry.fact {
        Fact::NoticeQueued(notice) => notice.kind == NoticeKind::Page,
        _ => false,
    };
    let first = entries.iter().find(told).map(|entry| entry.at.since(Timestamp::ZERO));
    assert!(first.is_some_and(|at| at > 30 * HOUR && at < 33 * HOUR), "{first:?}");
}

/// Looks are written down three times a day. A wall clock that runs ahead of the source by hours is no
/// reason to write down each.
#[test]
fn a_clock_that_was_set_ahead_makes_no_more_facts() {
    let ahead = Change::WallJump(10 * 3_600_000);
    let spec = WorldSpec::healthy().with_change(Trigger::Elapsed(2 * HOUR), ahead);
    let stage = Stage::new(long_plan().watch(48 * HOUR), &spec);
    assert_eq!(by_processes(&stage).0, Ended::Completed);
    let judged = |entry: &&Entry| matches!(entry.fact, Fact::Judged(_));
    let written = stage.entries().iter().filter(judged).count();
    assert!(written < 20, "{written}");
}

#[test]
fn an_approval_expires_in_its_time_although_nobody_was_there() {
    let plan = plan_of("shop")
        .role("lead")
        .approval_by(["lead"])
        .approval_expires(10 * HOUR, OtherwisePolicy::RollBack)
        .step(100, MINUTE)
        .keep_blue();
    let stage = Stage::new(plan, &WorldSpec::healthy());
    let (_handle, run) = stage.start(&stage.engine("first"));
    let (run, freezer) = Freezable::new(run);
    let first = async {
        stage.until(|phase| phase == PhaseName::AwaitingApproval).await;
        freezer.kill();
        stage.sleep(12 * HOUR).await;
    };
    stage.sim().run(join(run, first)).unwrap();
    let began = stage.now();
    let end = stage.sim().run(resume(&stage, &stage.engine("second"))).unwrap();
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::RolledBack))), "{end:?}");
    assert!(stage.now() - began < 30 * MINUTE, "{:?}", stage.now() - began);
    let expired = |fact: &Fact| matches!(fact, Fact::Moved(Move::RollBack(reason)) if reason.kind == RollbackKind::ApprovalExpired);
    assert!(stage.entries().iter().any(|entry| expired(&entry.fact)));
}
