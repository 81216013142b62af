//! The contract of [`Clock`](crate::provider::Clock).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;

use super::bench::possible;
use super::result::{Checked, ensure};
use super::{ClauseResult, Fixture, Stimulus, cannot};

/// A fresh clock: [`Fixture::clock`].
#[async_trait]
pub trait ClockFixture: Fixture {
    /// Moves the wall clock by so many milliseconds, as an operator or a time server does (CL-1).
    async fn jump_wall(&self, _millis: i64) -> Stimulus {
        cannot("move the wall clock")
    }
}

super::clause::clauses! {
    "Clock", ClockFixture,
    "CL-1" => monotonic_never_goes_back_nor_jumps,
    "CL-2" => a_sleep_ends_at_its_moment_or_after,
    "CL-3" => a_dropped_sleep_is_cancelled,
}

/// CL-1: reads it again and again, across sleeps and jumps of the wall clock.
pub async fn monotonic_never_goes_back_nor_jumps(fixture: &dyn ClockFixture) -> ClauseResult {
    let check = async {
        let clock = fixture.clock();
        let mut last = clock.monotonic();
        for jump in [0, 3_600_000, -7_200_000] {
            if jump != 0 && !possible(fixture.jump_wall(jump).await)? {
                continue;
            }
            let now = clock.monotonic();
            ensure(now >= last, || format!("it went back from {last:?} to {now:?}"))?;
            ensure(now - last < SLACK, || {
                format!("it went from {last:?} to {now:?} when the wall clock moved")
            })?;
            clock.sleep_until(now + NAP).await;
            last = clock.monotonic();
            ensure(last >= now, || format!("it went back from {now:?} to {last:?}"))?;
        }
        Ok(())
    };
    check.await.into()
}

/// CL-2: sleeps, and then until a moment that has passed.
pub async fn a_sleep_ends_at_its_moment_or_after(fixture: &dyn ClockFixture) -> ClauseResult {
    let check = async {
        let clock = fixture.clock();
        for _ in 0..3 {
            let until = clock.monotonic() + NAP;
            clock.sleep_until(until).await;
            let now = clock.monotonic();
            ensure(now >= until, || format!("a sleep until {until:?} ended at {now:?}"))?;
        }
        let before = clock.monotonic();
        clock.sleep_until(before.saturating_sub(NAP)).await;
        let took = clock.monotonic().saturating_sub(before);
        ensure(took < SLACK, || format!("a sleep until a moment in the past took {took:?}"))
    };
    check.await.into()
}

/// CL-3: drops a sleep that has begun; nobody is woken at its moment.
pub async fn a_dropped_sleep_is_cancelled(fixture: &dyn ClockFixture) -> ClauseResult {
    let check = async {
        let clock = fixture.clock();
        let until = clock.monotonic() + NAP;
        let alarm = Arc::new(Alarm(AtomicBool::new(false)));
        // A waker of its own, so that the kit's own sleep below is not mistaken for the dropped one.
        let begun = {
            let waker = Waker::from(Arc::clone(&alarm));
            let mut sleep = clock.sleep_until(until);
            sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
        };
        ensure(begun, || format!("a sleep of {NAP:?} did not sleep"))?;
        clock.sleep_until(until + NAP).await;
        ensure(!alarm.0.load(Ordering::Acquire), || {
            "a sleep was dropped, and its task was woken nevertheless".to_owned()
        })?;
        Checked::Ok(())
    };
    check.await.into()
}

struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

const NAP: Duration = Duration::from_millis(20);
/// What a busy machine may take between two lines.
const SLACK: Duration = Duration::from_secs(5);
