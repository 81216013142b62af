//! What a run has under way.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// What a run has under way: calls to the outside, each of which ends with a `T`.
///
/// Whenever the run wakes, all are polled, in the order in which they began. That is at most a
/// handful, and cheaper than a set that finds out which of them was woken: such a set wakes its task
/// once more for every call that has to wait.
pub(super) struct UnderWay<T>(Vec<BoxFuture<'static, T>>);

impl<T> UnderWay<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push(&mut self, call: impl Future<Output = T> + Send + 'static) {
        self.0.push(call.boxed());
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits for the next one that ends; for ever when nothing is under way.
    ///
    /// # Cancel safety
    /// Dropping this future leaves everything under way.
    pub(super) async fn next(&mut self) -> T {
        let calls = &mut self.0;
        poll_fn(|cx| {
            for (place, call) in calls.iter_mut().enumerate() {
                if let Poll::Ready(end) = call.as_mut().poll(cx) {
                    drop(calls.remove(place));
                    return Poll::Ready(end);
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::*;
    use crate::engine::testing::TestClock;
    use crate::engine::time::within;

    #[test]
    fn each_ends_once_in_its_order_and_the_others_stay() {
        let clock = TestClock::new();
        let mut under_way = UnderWay::new();
        under_way.push(pending());
        for name in ["first", "second", "third"] {
            under_way.push(ready(name));
        }
        for name in ["first", "second", "third"] {
            assert_eq!(clock.run(under_way.next()), name);
        }
        assert!(!under_way.is_empty(), "one has not ended");
        let second = Duration::from_secs(1);
        assert_eq!(clock.run(within(&clock, second, under_way.next())), None);
    }

    #[test]
    fn nothing_under_way_never_ends() {
        let clock = TestClock::new();
        let mut nothing = UnderWay::<()>::new();
        assert!(nothing.is_empty());
        assert_eq!(clock.run(within(&clock, Duration::from_secs(1), nothing.next())), None);
    }
}
