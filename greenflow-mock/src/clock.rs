//! Virtual time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::Clock;
use greenflow_core::value::WallTime;

/// A clock that stands still until somebody moves it: [`Sim`](crate::Sim) does, from one timer or
/// world event to the next.
///
/// Clones share the time. Nothing ever really sleeps.
#[derive(Clone, Debug)]
pub struct SimClock {
    shared: Arc<Mutex<Time>>,
    skew_millis: i64,
}

#[derive(Debug)]
struct Time {
    now: Duration,
    start: WallTime,
    jumped_millis: i64,
    registered: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
}

impl SimClock {
    /// Makes a clock that reads `start` on the wall and 0 otherwise.
    #[must_use]
    pub fn starting_at(start: WallTime) -> Self {
        let time = Time {
            now: Duration::ZERO,
            start,
            jumped_millis: 0,
            registered: 0,
            timers: BTreeMap::new(),
        };
        Self { shared: Arc::new(Mutex::new(time)), skew_millis: 0 }
    }

    /// Returns a handle on the same time whose wall clock is off by this much.
    #[must_use]
    pub fn skewed(&self, millis: i64) -> Self {
        Self { shared: Arc::clone(&self.shared), skew_millis: self.skew_millis + millis }
    }

    /// Moves the wall clock, as an operator or a time server does; monotonic time does not notice.
    pub fn jump_wall(&self, millis: i64) {
        let mut time = self.lock();
        time.jumped_millis = time.jumped_millis.saturating_add(millis);
    }

    /// Returns the wall time of the world itself, which no jump or skew moves.
    #[must_use]
    pub fn true_wall(&self) -> WallTime {
        let time = self.lock();
        time.start.after(time.now)
    }

    /// Returns the moment of the next timer, if anybody sleeps.
    #[must_use]
    pub fn next_timer(&self) -> Option<Duration> {
        self.lock().timers.keys().next().map(|(at, _)| *at)
    }

    /// Moves time forward and wakes nobody yet; time never goes back.
    pub(crate) fn move_to(&self, to: Duration) {
        let mut time = self.lock();
        time.now = time.now.max(to);
    }

    /// Wakes every sleeper whose moment has come, in the order of moment and registration.
    pub(crate) fn wake_due(&self) {
        while let Some(waker) = self.lock().take_due() {
            waker.wake();
        }
    }

    /// Sleeps as [`Clock::sleep_until`] does, without a box.
    pub(crate) const fn sleep(&self, deadline: Duration) -> Sleep<'_> {
        Sleep { clock: self, deadline, registered: None, waker: None }
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time {
    /// Takes out the next timer whose moment has come.
    fn take_due(&mut self) -> Option<Waker> {
        let next = self.timers.first_entry()?;
        let (at, _) = next.key();
        (*at <= self.now).then(|| next.remove())
    }
}

#[async_trait]
impl Clock for SimClock {
    fn monotonic(&self) -> Duration {
        self.lock().now
    }

    fn wall(&self) -> WallTime {
        let time = self.lock();
        let moved = time.jumped_millis.saturating_add(self.skew_millis);
        WallTime::from_unix_millis(
            time.start.after(time.now).as_unix_millis().saturating_add(moved),
        )
    }

    async fn sleep_until(&self, deadline: Duration) {
        self.sleep(deadline).await;
    }
}

/// One sleep. Dropping it takes its timer out again (CL-3).
pub(crate) struct Sleep<'a> {
    clock: &'a SimClock,
    deadline: Duration,
    registered: Option<u64>,
    /// Whom its timer wakes.
    waker: Option<Waker>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut time = self.clock.lock();
        if time.now >= self.deadline {
            return Poll::Ready(());
        }
        if let Some(key) = self.registered {
            // Polled again before its moment; mostly by the same task as before.
            if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                return Poll::Pending;
            }
            if let Some(waker) = time.timers.get_mut(&(self.deadline, key)) {
                waker.clone_from(cx.waker());
            }
            drop(time);
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        time.registered += 1;
        let key = time.registered;
        time.timers.insert((self.deadline, key), cx.waker().clone());
        drop(time);
        self.registered = Some(key);
        self.waker = Some(cx.waker().clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_and_skew_move_the_wall_only() {
        let start = WallTime::from_unix_millis(1_000_000);
        let clock = SimClock::starting_at(start);
        let skewed = clock.skewed(-500);
        clock.jump_wall(3_600_000);
        clock.move_to(Duration::from_secs(2));
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
        assert_eq!(clock.wall(), WallTime::from_unix_millis(1_000_000 + 3_602_000));
        assert_eq!(skewed.wall(), WallTime::from_unix_millis(1_000_000 + 3_601_500));
        assert_eq!(clock.true_wall(), WallTime::from_unix_millis(1_002_000));
        clock.move_to(Duration::from_secs(1));
        assert_eq!(clock.monotonic(), Duration::from_secs(2), "time never goes back");
    }
}
