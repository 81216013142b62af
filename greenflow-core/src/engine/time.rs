//! Rollout time as it passes in this process, and deadlines on calls.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::provider::Clock;
use crate::value::{Now, Timestamp};

/// Rollout time: the journal's last moment, and what the monotonic clock has counted since.
#[derive(Clone, Debug)]
pub(super) struct RolloutTime {
    clock: Arc<dyn Clock>,
    base: Timestamp,
    since: Duration,
}

impl RolloutTime {
    /// Lets time go on from `base`.
    pub(super) fn from_base(clock: Arc<dyn Clock>, base: Timestamp) -> Self {
        let since = clock.monotonic();
        Self { clock, base, since }
    }

    /// Lets time go on after a take-over, from how far it had come: the store says for how long it was
    /// told nothing since. At most `most` of that counts, so that a store with a wild clock cannot use
    /// up a retention.
    pub(super) fn after_idle(
        clock: Arc<dyn Clock>,
        reached: Timestamp,
        idle: Duration,
        most: Duration,
    ) -> Self {
        Self::from_base(clock, reached.after(idle.min(most)))
    }

    /// Lets it go on from `reached` where it has not come as far: another controller, on a host that was
    /// awake, may have waited meanwhile.
    pub(super) fn at_least(&mut self, reached: Timestamp) {
        if self.now().at < reached {
            *self = Self::from_base(Arc::clone(&self.clock), reached);
        }
    }

    /// Reads both clocks.
    pub(super) fn now(&self) -> Now {
        let passed = self.clock.monotonic().saturating_sub(self.since);
        Now::new(self.base.after(passed), self.clock.wall())
    }

    /// Returns when, on the monotonic clock, rollout time will be `at`.
    pub(super) fn moment(&self, at: Timestamp) -> Duration {
        self.since.saturating_add(at.since(self.base))
    }
}

/// Waits until a moment on the monotonic clock; for ever where there is none.
pub(super) async fn until(clock: &dyn Clock, at: Option<Duration>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Waits for `call`, but no longer than `limit`; `None` when that was too short. The call is then
/// dropped, and what it had sent may still take effect.
pub(super) async fn within<F: Future>(
    clock: &dyn Clock,
    limit: Duration,
    call: F,
) -> Option<F::Output> {
    let deadline = clock.monotonic().saturating_add(limit);
    let mut call = std::pin::pin!(call);
    // What answers at once needs no timer.
    let mut timer = None;
    std::future::poll_fn(|cx| {
        if let Poll::Ready(output) = call.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        let timer = timer.get_or_insert_with(|| clock.sleep_until(deadline));
        timer.as_mut().poll(cx).map(|()| None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::TestClock;

    #[test]
    fn time_goes_on_from_its_base_and_a_moment_is_hit_exactly() {
        let clock = TestClock::new();
        clock.advance(Duration::from_micros(1_000_700));
        let time = RolloutTime::from_base(clock.arc(), Timestamp::from_millis(500));
        assert_eq!(time.now().at, Timestamp::from_millis(500));
        let at = Timestamp::from_millis(700);
        clock.advance_to(time.moment(at));
        assert_eq!(time.now().at, at);
    }

    #[test]
    fn a_take_over_counts_what_it_may_at_most() {
        let clock = TestClock::new();
        let (reached, most) = (Timestamp::from_millis(1000), Duration::from_secs(3600));
        let after = |secs| {
            RolloutTime::after_idle(clock.arc(), reached, Duration::from_secs(secs), most).now().at
        };
        assert_eq!(after(60), Timestamp::from_millis(61_000));
        assert_eq!(after(1_000_000), Timestamp::from_millis(3_601_000));
    }

    #[test]
    fn time_that_is_behind_what_was_told_is_made_up_for_and_never_goes_back() {
        let clock = TestClock::new();
        let mut time = RolloutTime::from_base(clock.arc(), Timestamp::from_millis(500));
        clock.advance(Duration::from_secs(1));
        time.at_least(Timestamp::from_millis(1500));
        assert_eq!(time.now().at, Timestamp::from_millis(1500));
        time.at_least(Timestamp::from_millis(1501));
        clock.advance(Duration::from_secs(1));
        assert_eq!(time.now().at, Timestamp::from_millis(2501));
        time.at_least(Timestamp::from_millis(9));
        assert_eq!(time.now().at, Timestamp::from_millis(2501));
    }

    #[test]
    fn a_call_that_hangs_is_dropped_at_its_deadline() {
        let clock = TestClock::new();
        let limit = Duration::from_secs(3);
        let hung = clock.run(within(&clock, limit, std::future::pending::<()>()));
        assert_eq!((hung, clock.now()), (None, limit));
        assert_eq!(clock.run(within(&clock, limit, async { 1 })), Some(1));
    }
}
