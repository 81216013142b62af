//! A tiny world: a clock that leaps, and a run that never waits.

use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::Clock;
use crate::value::WallTime;

/// A clock that leaps to the moment that anybody sleeps until.
#[derive(Debug, Default)]
pub(super) struct LeapingClock(Mutex<Duration>);

#[async_trait]
impl Clock for LeapingClock {
    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn wall(&self) -> WallTime {
        WallTime::from_unix_millis(0).after(self.monotonic())
    }

    async fn sleep_until(&self, deadline: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = deadline.max(*now);
    }
}

/// Runs a future that waits for nothing but the leaping clock.
pub(super) fn run<F: Future>(future: F) -> F::Output {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut cx) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the kit waits for something else than its clock"),
    }
}
