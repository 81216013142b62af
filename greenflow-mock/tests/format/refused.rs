//! A journal that is refused: nothing is done on it, somebody is paged, the lease is given back, and
//! no other rollout notices.

use std::time::Duration;

use futures_util::future::{Either, join, select};
use greenflow_core::engine::{EngineError, RunEnd};
use greenflow_core::fact::StartOptions;
use greenflow_core::fact::frame::{FORMAT, Needs};
use greenflow_core::machine::{Action, Command, Ended};
use greenflow_core::provider::{
    Clock as _, Journal as _, JournalError, ListFilter, NoticeKind, StoredFrame,
};
use greenflow_core::value::{RolloutId, Who};
use greenflow_mock::{Operation, Sim};

use super::life::{Life, essential, seed_plan, short_plan, with_another};

/// Takes up a rollout whose controller died, after something was done to its journal.
fn taken_up(facts: usize, tamper: impl FnOnce(&mut Vec<StoredFrame>)) -> EngineError {
    let life = Life::new(short_plan());
    assert!(life.live(Some(facts)).is_none());
    let whole = life.frames();
    let mut frames = whole.clone();
    tamper(&mut frames);
    life.put(frames.clone());

    let other = parked(&life);
    let before = calls(&life);
    let error = life.to_the_end().unwrap_err();
    assert_eq!(calls(&life), before, "nothing may be asked or told but the pager");
    assert_eq!(life.frames(), frames, "nothing may be written");
    let notices = life.world.notices();
    let pages = notices.iter().filter(|(_, notice)| notice.kind == NoticeKind::Page);
    let ours = pages.filter(|(_, notice)| notice.text.contains(life.rollout.as_str()));
    assert_eq!(ours.count(), 1, "{notices:?}");
    let all = Sim::new(&life.world).run(life.journal.list(ListFilter::default())).unwrap().unwrap();
    assert!(all.iter().all(|summary| summary.owner.is_none()), "{all:?}");
    goes_on(&life, other);

    life.put(whole);
    let end = life.to_the_end();
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::Completed))), "with its facts again: {end:?}");
    error
}

/// How often each operation but the notifier's and the journal's was called.
fn calls(life: &Life) -> Vec<(Operation, u64)> {
    let is_world = |operation: &Operation| {
        *operation != Operation::Notify && !operation.as_str().starts_with("journal")
    };
    life.world.calls().into_iter().filter(|(operation, _)| is_world(operation)).collect()
}

/// Starts a rollout of another service, which waits for its day.
fn parked(life: &Life) -> RolloutId {
    let rollout = RolloutId::new("other").unwrap();
    let plan = seed_plan();
    let options = StartOptions::new(Who::new("host"));
    let (_handle, run) = life.engine.start(rollout.clone(), plan, options);
    let minute = async {
        let clock = life.world.clock();
        clock.sleep_until(clock.monotonic() + Duration::from_secs(60)).await;
    };
    let passed = select(Box::pin(run), Box::pin(minute));
    assert!(matches!(Sim::new(&life.world).run(passed), Ok(Either::Right(_))));
    assert!(!life.journal.frames(&rollout).is_empty());
    rollout
}

/// The other rollout still does what it is told.
fn goes_on(life: &Life, rollout: RolloutId) {
    let (handle, run) = life.engine.resume(rollout);
    let tell = async move {
        handle.command(Command::new(Who::new("Kim"), "not today", Action::Abort)).await.unwrap();
    };
    let (end, ()) = Sim::new(&life.world).run(join(Box::pin(run), tell)).unwrap();
    assert!(matches!(end, Ok(RunEnd::Ended(Ended::Refused))), "{end:?}");
}

/// What happens to stored frames.
type Tamper = fn(&mut Vec<StoredFrame>);

#[test]
fn damage_of_each_class_is_refused_and_stops_nobody_else() {
    let classes: [(&str, Tamper); 8] = [
        ("cut", |frames| frames[5].frame.truncate(40)),
        ("cut at the end", |frames| frames[8].frame.truncate(70)),
        ("zeros", |frames| frames[5].frame[30..].fill(0)),
        ("flip", |frames| frames[3].frame[65] ^= 4),
        ("lost", |frames| drop(frames.remove(4))),
        ("doubled", |frames| frames.insert(4, frames[4].clone())),
        ("swapped", |frames| frames.swap(3, 4)),
        ("empty", |frames| frames[2].frame.clear()),
    ];
    for (class, tamper) in classes {
        let error = taken_up(9, tamper);
        assert!(matches!(error, EngineError::Unreadable { .. }), "{class}: {error:?}");
    }
}

#[test]
fn what_must_be_understood_and_is_not_is_refused_and_stops_nobody_else() {
    for facts in [1, 5, 9] {
        let error = taken_up(facts, |frames| *frames = with_another(frames, facts, essential));
        let EngineError::JournalTooNew { needs, .. } = error else { panic!("{error:?}") };
        let (sequence, kind) = (facts as u64 + 1, "lent".to_owned());
        assert_eq!(needs, Needs::Kind { sequence, kind, format: FORMAT });
    }
    let error = taken_up(5, |frames| {
        *frames = with_another(frames, 3, |raw| raw.format = FORMAT + 1);
    });
    let EngineError::JournalTooNew { needs, .. } = error else { panic!("{error:?}") };
    assert_eq!(needs, Needs::Format { sequence: 4, format: FORMAT + 1 });
}

#[test]
fn a_journal_of_another_rollout_is_refused() {
    let mut other = Life::new(short_plan());
    other.rollout = RolloutId::new("other").unwrap();
    assert!(other.live(Some(3)).is_none());
    let error = taken_up(3, |frames| *frames = other.frames());
    assert!(matches!(error, EngineError::Unreadable { .. }), "{error:?}");
}

#[test]
fn a_rollout_is_not_started_again_with_another_plan() {
    let life = Life::new(short_plan());
    assert!(life.live(Some(3)).is_none());
    let before = (calls(&life), life.frames());
    let options = StartOptions::new(Who::new("host"));
    let (_handle, run) = life.engine.start(life.rollout.clone(), seed_plan(), options);
    let error = Sim::new(&life.world).run(run).unwrap().unwrap_err();
    let exists = matches!(error, EngineError::Journal(JournalError::Exists(_)));
    assert!(exists, "{error:?}");
    assert_eq!((calls(&life), life.frames()), before);
}
