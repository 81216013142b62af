//! Dropping the engine's future at any await equals a crash there (S54, S42, L9).

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use greenflow_core::engine::{EngineError, RunEnd};
use greenflow_core::machine::Ended;
use greenflow_core::value::{Side, Weight};
use greenflow_mock::world::{Change, Planned, SideChange, Trigger};
use greenflow_mock::{Rng, WorldSpec};

use super::stage::{MINUTE, Stage, plan_of};

/// A future that is dropped after so many polls; every await that ever waits is one of them.
struct Dropped<'a> {
    future: Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>,
    left: Option<u64>,
    stage: &'a Stage,
    life: Life,
    lives: &'a Mutex<Vec<Life>>,
}

/// What one life of a controller was.
#[derive(Clone, Default, Debug)]
pub(crate) struct Life {
    /// How often it was polled.
    pub(crate) polls: u64,
    /// The polls in which writes left for the providers.
    pub(crate) sends: Vec<u64>,
}

impl Future for Dropped<'_> {
    type Output = Option<Result<RunEnd, EngineError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let before = self.stage.writes();
        let polled = self.future.as_mut().poll(cx).map(Some);
        self.life.polls += 1;
        if self.stage.writes() > before {
            let poll = self.life.polls;
            self.life.sends.push(poll);
        }
        if polled.is_ready() {
            return polled;
        }
        match &mut self.left {
            Some(0 | 1) => Poll::Ready(None),
            Some(left) => {
                *left -= 1;
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.lives.lock().unwrap().push(std::mem::take(&mut self.life));
    }
}

/// Runs a rollout whose controllers die after so many polls each; returns how often all of them
/// were polled.
fn carry_out(spec: &WorldSpec, lives: &[u64], wanted: Ended) -> u64 {
    lived(spec, lives, wanted).iter().map(|life| life.polls).sum()
}

/// Runs a rollout whose controllers die after so many polls each; returns what each life was.
pub(crate) fn lived(spec: &WorldSpec, lives: &[u64], wanted: Ended) -> Vec<Life> {
    let plan = plan_of("shop").step(20, MINUTE).step(100, MINUTE);
    let stage =
        Stage::new(plan.bake(std::time::Duration::ZERO).retain(2 * MINUTE).remove_blue(), spec);
    let past = Mutex::new(Vec::new());
    let lives = lives.iter().copied().map(Some).chain([None]);
    for left in lives {
        let engine = stage.engine("one");
        let future: Pin<Box<dyn Future<Output = _> + Send>> =
            if stage.journal.frames(&stage.rollout).is_empty() {
                Box::pin(stage.start(&engine).1)
            } else {
                Box::pin(engine.resume(stage.rollout.clone()).1)
            };
        let life = Life::default();
        let run = Dropped { future, left, stage: &stage, life, lives: &past };
        match stage.sim().run(run).unwrap() {
            Some(Ok(RunEnd::Ended(ended))) => {
                let facts: Vec<_> = stage.entries().into_iter().map(|entry| entry.fact).collect();
                assert_eq!(ended, wanted, "{left:?}: {facts:#?}");
                break;
            }
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    }
    stage.is_sound(wanted);
    past.into_inner().unwrap()
}

/// Carries out many cases on all cores.
pub(crate) fn all(cases: &[Vec<u64>], spec: &WorldSpec, wanted: Ended) {
    let next = AtomicU64::new(0);
    let work = || {
        while let Some(lives) = usize::try_from(next.fetch_add(1, Ordering::Relaxed))
            .ok()
            .and_then(|number| cases.get(number))
        {
            let case = std::panic::AssertUnwindSafe(|| carry_out(spec, lives, wanted));
            let done = std::panic::catch_unwind(case);
            assert!(done.is_ok(), "dropped after {lives:?} polls; what went wrong is above");
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
}

pub(crate) fn healthy() -> WorldSpec {
    WorldSpec::healthy().without_trace()
}

pub(crate) fn bad_at_full() -> WorldSpec {
    let full = Trigger::green_at(Weight::from_percent(100).unwrap());
    let bad = Change::Side(Side::Green, SideChange::Errors(0.5));
    healthy().with_planned(Planned::new(full, bad))
}

#[test]
fn a_rollout_dropped_at_any_await_ends_as_if_it_had_not_been() {
    let polls = carry_out(&healthy(), &[], Ended::Completed);
    println!("{polls} awaits");
    assert!(polls > 100, "{polls}");
    let cases: Vec<_> = (1..polls).map(|at| vec![at]).collect();
    all(&cases, &healthy(), Ended::Completed);
}

#[test]
fn a_way_back_dropped_at_any_await_ends_as_if_it_had_not_been() {
    let polls = carry_out(&bad_at_full(), &[], Ended::RolledBack);
    println!("{polls} awaits");
    assert!(polls > 100, "{polls}");
    let cases: Vec<_> = (1..polls).map(|at| vec![at]).collect();
    all(&cases, &bad_at_full(), Ended::RolledBack);
}

#[test]
fn a_controller_that_dies_in_the_recovery_from_a_death_changes_nothing() {
    let mut rng = Rng::keyed(7, &[]);
    let mut upto = |polls: u64| 1 + rng.next_u64() % polls;
    for (spec, wanted) in [(healthy(), Ended::Completed), (bad_at_full(), Ended::RolledBack)] {
        let polls = carry_out(&spec, &[], wanted);
        let mut cases = Vec::new();
        for number in 0..200 {
            // Half of the second deaths come in the first awaits of the second life.
            let soon = if number % 2 == 0 { 12 } else { polls };
            cases.push(vec![upto(polls), upto(soon), upto(40)]);
        }
        all(&cases, &spec, wanted);
    }
}
