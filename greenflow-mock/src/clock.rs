//! Virtual time.

use std::cmp::Reverse;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
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
    shared: Arc<Shared>,
    skew_millis: i64,
}

#[derive(Debug)]
struct Shared {
    start: WallTime,
    /// In nanoseconds. This and the jumps are read far more often than anything else here, and
    /// without the lock.
    now: AtomicU64,
    jumped_millis: AtomicI64,
    time: Mutex<Time>,
}

#[derive(Debug, Default)]
struct Time {
    registered: u64,
    /// The next one last: those that come soon are the ones that come and go.
    timers: Vec<Timer>,
}

#[derive(Debug)]
struct Timer {
    at: Duration,
    number: u64,
    waker: Waker,
}

impl SimClock {
    /// Makes a clock that reads `start` on the wall and 0 otherwise.
    #[must_use]
    pub fn starting_at(start: WallTime) -> Self {
        let shared = Shared {
            start,
            now: AtomicU64::new(0),
            jumped_millis: AtomicI64::new(0),
            time: Mutex::default(),
        };
        Self { shared: Arc::new(shared), skew_millis: 0 }
    }

    /// Returns a handle on the same time whose wall clock is off by this much.
    #[must_use]
    pub fn skewed(&self, millis: i64) -> Self {
        Self { shared: Arc::clone(&self.shared), skew_millis: self.skew_millis + millis }
    }

    /// Moves the wall clock, as an operator or a time server does; monotonic time does not notice.
    pub fn jump_wall(&self, millis: i64) {
        let jump = |jumped: i64| jumped.saturating_add(millis);
        self.shared.jumped_millis.update(Ordering::AcqRel, Ordering::Acquire, jump);
    }

    /// Returns the wall time at which the world began.
    pub(crate) fn start(&self) -> WallTime {
        self.shared.start
    }

    /// Returns the wall time of the world itself, which no jump or skew moves.
    #[must_use]
    pub fn true_wall(&self) -> WallTime {
        self.shared.start.after(self.now())
    }

    /// Returns the moment of the next timer, if anybody sleeps.
    #[must_use]
    pub fn next_timer(&self) -> Option<Duration> {
        self.lock().timers.last().map(|timer| timer.at)
    }

    /// Moves time forward and wakes nobody yet; time never goes back.
    pub(crate) fn move_to(&self, to: Duration) {
        let to = u64::try_from(to.as_nanos()).unwrap_or(u64::MAX);
        self.shared.now.fetch_max(to, Ordering::AcqRel);
    }

    /// Wakes every sleeper whose moment has come, in the order of moment and registration.
    pub(crate) fn wake_due(&self) {
        let now = self.now();
        while let Some(waker) = self.lock().take_due(now) {
            waker.wake();
        }
    }

    /// Sleeps as [`Clock::sleep_until`] does, without a box.
    pub(crate) const fn sleep(&self, deadline: Duration) -> Sleep<'_> {
        Sleep { clock: self, deadline, timer: None }
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.shared.now.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.shared.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time {
    /// Takes out the next timer whose moment has come.
    fn take_due(&mut self, now: Duration) -> Option<Waker> {
        self.timers.pop_if(|next| next.at <= now).map(|timer| timer.waker)
    }

    /// Adds a timer and returns its number.
    fn add(&mut self, at: Duration, waker: Waker) -> u64 {
        self.registered += 1;
        let number = self.registered;
        let place = self.timers.partition_point(|timer| timer.at > at);
        self.timers.insert(place, Timer { at, number, waker });
        number
    }

    /// Finds a timer that has not come yet.
    fn find(&self, at: Duration, number: u64) -> Option<usize> {
        let key = Reverse((at, number));
        self.timers.binary_search_by_key(&key, |timer| Reverse((timer.at, timer.number))).ok()
    }
}

#[async_trait]
impl Clock for SimClock {
    fn monotonic(&self) -> Duration {
        self.now()
    }

    fn wall(&self) -> WallTime {
        let jumped = self.shared.jumped_millis.load(Ordering::Acquire);
        let moved = jumped.saturating_add(self.skew_millis);
        WallTime::from_unix_millis(self.true_wall().as_unix_millis().saturating_add(moved))
    }

    async fn sleep_until(&self, deadline: Duration) {
        self.sleep(deadline).await;
    }
}

/// One sleep. Dropping it takes its timer out again (CL-3).
pub(crate) struct Sleep<'a> {
    clock: &'a SimClock,
    deadline: Duration,
    /// Its timer, by its number, and whom that wakes.
    timer: Option<(u64, WakerId)>,
}

/// Which waker it is, without holding it: the timer does, for as long as it is there.
type WakerId = (usize, usize);

fn id_of(waker: &Waker) -> WakerId {
    (waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr())
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.deadline {
            return Poll::Ready(());
        }
        let waker = id_of(cx.waker());
        let number = match self.timer {
            // Polled again before its moment; mostly by the same task as before.
            Some((_, woken)) if woken == waker => return Poll::Pending,
            Some((number, _)) => {
                let mut time = self.clock.lock();
                if let Some(place) = time.find(self.deadline, number)
                    && let Some(timer) = time.timers.get_mut(place)
                {
                    timer.waker.clone_from(cx.waker());
                }
                number
            }
            None => self.clock.lock().add(self.deadline, cx.waker().clone()),
        };
        self.timer = Some((number, waker));
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some((number, _)) = self.timer {
            let mut time = self.clock.lock();
            let place = time.find(self.deadline, number);
            let timer = place.map(|place| time.timers.remove(place));
            // What a waker drops may itself have a timer.
            drop(time);
            drop(timer);
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
