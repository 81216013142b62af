//! A clock that is moved by hand.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::Clock;
use crate::value::WallTime;

/// A clock that stands still until its host moves it. Clones share the time.
#[derive(Clone, Debug)]
pub(super) struct HandClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    monotonic: Duration,
    wall: WallTime,
    registered: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
}

impl HandClock {
    pub(super) fn new(monotonic: Duration, wall: WallTime) -> Self {
        let timers = BTreeMap::new();
        Self(Arc::new(Mutex::new(Times { monotonic, wall, registered: 0, timers })))
    }

    /// Moves the time, and wakes whoever waited for it. Monotonic time never goes back.
    pub(super) fn move_to(&self, monotonic: Duration, wall: WallTime) {
        let due = {
            let mut times = self.lock();
            times.monotonic = times.monotonic.max(monotonic);
            times.wall = wall;
            let now = times.monotonic;
            let later = times.timers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut times.timers, later)
        };
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Returns the next moment that somebody waits for.
    pub(super) fn next(&self) -> Option<Duration> {
        self.lock().timers.keys().next().map(|(at, _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for HandClock {
    fn monotonic(&self) -> Duration {
        self.lock().monotonic
    }

    fn wall(&self) -> WallTime {
        self.lock().wall
    }

    async fn sleep_until(&self, deadline: Duration) {
        Sleep { clock: self, deadline, registered: None }.await;
    }
}

/// One sleep. Dropping it takes its timer out again.
struct Sleep<'a> {
    clock: &'a HandClock,
    deadline: Duration,
    registered: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut times = self.clock.lock();
        if times.monotonic >= self.deadline {
            return Poll::Ready(());
        }
        let key = self.registered.unwrap_or_else(|| {
            times.registered += 1;
            times.registered
        });
        times.timers.insert((self.deadline, key), cx.waker().clone());
        drop(times);
        self.registered = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.registered {
            self.clock.lock().timers.remove(&(self.deadline, key));
        }
    }
}
