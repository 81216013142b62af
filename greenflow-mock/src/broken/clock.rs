//! Clocks that are wrong on purpose.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::Clock;
use greenflow_core::testkit::Report;
use greenflow_core::value::WallTime;

use super::memory::Memory;
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a clock does wrong.
    ClockMistake {
        /// Its monotonic time is the wall's.
        FollowsTheWall = ("follows-the-wall", "CL-1"),
        /// Its sleeps end early.
        WakesEarly = ("wakes-early", "CL-2"),
        /// It wakes the task of a sleep that was dropped.
        KeepsDroppedSleeps = ("keeps-dropped-sleeps", "CL-3"),
    }
}

impl ClockMistake {
    /// Runs the test kit on a clock that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::clock(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenClock::new(self, Arc::new(fixture.world().clock())))
        })
    }
}

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock that makes one mistake.
pub struct BrokenClock {
    mistake: ClockMistake,
    inner: Arc<dyn Clock>,
    start: WallTime,
    kept: Memory<Vec<Sleep>>,
}

impl BrokenClock {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: ClockMistake, inner: Arc<dyn Clock>) -> Self {
        let start = inner.wall().before(inner.monotonic());
        Self { mistake, inner, start, kept: Memory::default() }
    }

    /// Begins a sleep for the task that asks, and never lets go of it.
    async fn keep(&self, deadline: Duration) {
        let clock = Arc::clone(&self.inner);
        let mut sleep: Sleep = Box::pin(async move { clock.sleep_until(deadline).await });
        poll_fn(|cx| {
            let _begun = sleep.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
        self.kept.with(|kept| kept.push(sleep));
    }
}

#[async_trait]
impl Clock for BrokenClock {
    fn monotonic(&self) -> Duration {
        match self.mistake {
            ClockMistake::FollowsTheWall => self.inner.wall().since(self.start),
            ClockMistake::WakesEarly | ClockMistake::KeepsDroppedSleeps => self.inner.monotonic(),
        }
    }

    fn wall(&self) -> WallTime {
        self.inner.wall()
    }

    async fn sleep_until(&self, deadline: Duration) {
        let mut until = deadline;
        match self.mistake {
            ClockMistake::FollowsTheWall => {}
            ClockMistake::WakesEarly => until = deadline.saturating_sub(EARLY),
            ClockMistake::KeepsDroppedSleeps => self.keep(deadline).await,
        }
        self.inner.sleep_until(until).await;
    }
}

impl fmt::Debug for BrokenClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokenClock").field("mistake", &self.mistake).finish_non_exhaustive()
    }
}

const EARLY: Duration = Duration::from_millis(5);
