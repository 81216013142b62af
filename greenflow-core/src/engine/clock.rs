//! Time as a tokio runtime has it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::provider::Clock;
use crate::value::WallTime;

/// The clock of the host, waiting on tokio's timer. The only place that reads either.
///
/// On Linux its monotonic time stands still while the host is suspended, as a virtual machine may
/// be. A lease that was lost meanwhile is noticed by the wall clock, before anything is sent.
#[derive(Clone, Debug)]
pub struct TokioClock {
    origin: tokio::time::Instant,
}

impl TokioClock {
    /// Makes a clock whose monotonic time begins now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for TokioClock {
    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn wall(&self) -> WallTime {
        let millis = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        WallTime::from_unix_millis(millis)
    }

    async fn sleep_until(&self, deadline: Duration) {
        match self.origin.checked_add(deadline) {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeps_until_the_moment_and_returns_at_once_after_it() {
        let clock = TokioClock::new();
        clock.sleep_until(Duration::from_millis(5)).await;
        assert!(clock.monotonic() >= Duration::from_millis(5));
        clock.sleep_until(Duration::ZERO).await;
        assert!(clock.wall() > WallTime::from_unix_millis(0));
    }
}
