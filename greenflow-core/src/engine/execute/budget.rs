//! How many retries a rollout may make.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The retry budget of a rollout's forward writes: a burst, and then one every few seconds. The
/// cut does not draw on it.
#[derive(Debug, Default)]
pub(in crate::engine) struct Budget {
    /// When the bucket would be full again, were it the size of nothing.
    filled: Mutex<Duration>,
}

impl Budget {
    /// Takes one retry out; returns the moment at which it may be made.
    pub(super) fn take(&self, now: Duration) -> Duration {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        *filled = (*filled).max(now).saturating_add(REFILL);
        filled.saturating_sub(REFILL.saturating_mul(BURST)).max(now)
    }
}

const BURST: u32 = 20;
const REFILL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_retries_are_paced() {
        let budget = Budget::default();
        let now = Duration::from_secs(1000);
        assert!((0..20).all(|_| budget.take(now) == now));
        assert_eq!(budget.take(now), now + REFILL);
        assert_eq!(budget.take(now), now + REFILL * 2);
        let later = now + Duration::from_secs(3600);
        assert!((0..20).all(|_| budget.take(later) == later));
        assert!(budget.take(later) > later);
    }
}
