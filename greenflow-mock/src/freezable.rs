//! A controller that its host stops, and lets go on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenflow_core::provider::Clock;

/// A future that can be stopped like a process: while it is frozen nobody polls it, so it neither
/// acts nor notices that time passes. When it goes on it finds everything that has happened since
/// (F44, F47 and F48).
///
/// Ends with `None` when it was killed.
///
/// ```
/// use std::time::Duration;
/// use futures_util::future::join;
/// use greenflow_core::provider::Clock;
/// use greenflow_core::value::WallTime;
/// use greenflow_mock::{Freezable, Sim, SimClock};
///
/// let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
/// let second = Duration::from_secs(1);
/// let wakes = async {
///     clock.sleep_until(second).await;
///     clock.monotonic()
/// };
/// let (sleeper, freezer) = Freezable::new(wakes);
/// let stopped = freezer.freeze_between(&clock, Duration::ZERO, 60 * second);
/// let (woken, ()) = Sim::with_clock(clock.clone()).run(join(sleeper, stopped))?;
/// assert_eq!(woken, Some(60 * second));
/// # Ok::<(), greenflow_mock::SimError>(())
/// ```
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub struct Freezable<F> {
    future: Option<Pin<Box<F>>>,
    shared: Arc<Mutex<Shared>>,
}

/// Stops a [`Freezable`] future, lets it go on, or ends it. Clones stop the same one.
#[derive(Clone, Debug)]
pub struct Freezer {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    frozen: bool,
    killed: bool,
    waker: Option<Waker>,
}

impl<F: Future> Freezable<F> {
    /// Makes a future that runs until somebody stops it.
    pub fn new(future: F) -> (Self, Freezer) {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let freezer = Freezer { shared: Arc::clone(&shared) };
        (Self { future: Some(Box::pin(future)), shared }, freezer)
    }
}

impl<F: Future> Future for Freezable<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (frozen, killed) = {
            let mut shared = lock(&self.shared);
            shared.waker = Some(cx.waker().clone());
            (shared.frozen, shared.killed)
        };
        if killed {
            self.future = None;
            return Poll::Ready(None);
        }
        if frozen {
            return Poll::Pending;
        }
        match &mut self.future {
            Some(future) => future.as_mut().poll(cx).map(Some),
            None => Poll::Ready(None),
        }
    }
}

impl Freezer {
    /// Stops the future where it is. What it has sent is on its way all the same.
    pub fn freeze(&self) {
        lock(&self.shared).frozen = true;
    }

    /// Lets the future go on.
    pub fn thaw(&self) {
        self.change(|shared| shared.frozen = false);
    }

    /// Drops the future at its next turn, frozen or not: a kill -9.
    pub fn kill(&self) {
        self.change(|shared| shared.killed = true);
    }

    /// Stops the future at one moment and lets it go on at another.
    ///
    /// # Cancel safety
    /// Dropping this future leaves the other one as it is.
    pub async fn freeze_between(&self, clock: &dyn Clock, from: Duration, until: Duration) {
        clock.sleep_until(from).await;
        self.freeze();
        clock.sleep_until(until).await;
        self.thaw();
    }

    fn change(&self, change: impl FnOnce(&mut Shared)) {
        let waker = {
            let mut shared = lock(&self.shared);
            change(&mut shared);
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join;
    use greenflow_core::value::WallTime;

    use super::*;
    use crate::{Sim, SimClock};

    const SECOND: Duration = Duration::from_secs(1);

    async fn counts(clock: &SimClock, count: &AtomicU32) {
        for _ in 0..10 {
            clock.sleep_until(clock.monotonic() + SECOND).await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_frozen_future_does_nothing_and_then_goes_on() {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        let count = AtomicU32::new(0);
        let (counting, freezer) = Freezable::new(counts(&clock, &count));
        let stop = async {
            freezer.freeze_between(&clock, SECOND * 7 / 2, 100 * SECOND).await;
            assert_eq!(count.load(Ordering::Relaxed), 3);
        };
        let (end, ()) = Sim::with_clock(clock.clone()).run(join(counting, stop)).unwrap();
        assert_eq!((end, count.load(Ordering::Relaxed)), (Some(()), 10));
        assert_eq!(clock.monotonic(), 106 * SECOND);
    }

    #[test]
    fn a_killed_future_is_dropped_at_once() {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        let count = AtomicU32::new(0);
        let (counting, freezer) = Freezable::new(counts(&clock, &count));
        let kill = async {
            clock.sleep_until(SECOND * 5 / 2).await;
            freezer.kill();
        };
        let (end, ()) = Sim::with_clock(clock.clone()).run(join(counting, kill)).unwrap();
        assert_eq!((end, count.load(Ordering::Relaxed)), (None, 2));
        assert_eq!((clock.monotonic(), clock.next_timer()), (SECOND * 5 / 2, None));
    }
}
