//! A clock in virtual time.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::Clock;
use crate::value::WallTime;

/// Virtual time: moves only when the future under test has nothing else to do.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct TestClock(Arc<Mutex<Times>>);

#[derive(Debug, Default)]
struct Times {
    now: Duration,
    suspended: Duration,
    next: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
}

impl TestClock {
    pub(in crate::engine) fn new() -> Self {
        Self::default()
    }

    pub(in crate::engine) fn arc(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }

    pub(in crate::engine) fn now(&self) -> Duration {
        self.lock().now
    }

    pub(in crate::engine) fn advance(&self, by: Duration) {
        let to = self.now() + by;
        self.advance_to(to);
    }

    /// Lets the wall clock alone go on, as while the host is suspended.
    pub(in crate::engine) fn suspend(&self, by: Duration) {
        self.lock().suspended += by;
    }

    pub(in crate::engine) fn advance_to(&self, to: Duration) {
        let mut times = self.lock();
        times.now = times.now.max(to);
        let now = times.now;
        let later = times.timers.split_off(&(now + Duration::from_nanos(1), 0));
        for (_, waker) in std::mem::replace(&mut times.timers, later) {
            waker.wake();
        }
    }

    /// Runs `future` to its end, moving time to the next timer whenever nothing else is left.
    pub(in crate::engine) fn run<F: Future>(&self, future: F) -> F::Output {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut future = pin!(future);
        for _ in 0..1_000_000 {
            if woken.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    return output;
                }
                continue;
            }
            let next = self.lock().timers.keys().next().map(|(at, _)| *at);
            self.advance_to(next.expect("deadlock: nothing will ever wake the future"));
        }
        panic!("the future never ends");
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for TestClock {
    fn monotonic(&self) -> Duration {
        self.now()
    }

    fn wall(&self) -> WallTime {
        let suspended = self.lock().suspended;
        WallTime::from_unix_millis(1_770_000_000_000).after(self.now() + suspended)
    }

    async fn sleep_until(&self, deadline: Duration) {
        let key = {
            let mut times = self.lock();
            times.next += 1;
            (deadline, times.next)
        };
        std::future::poll_fn(move |cx| {
            let mut times = self.lock();
            if times.now >= deadline {
                return Poll::Ready(());
            }
            times.timers.insert(key, cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
