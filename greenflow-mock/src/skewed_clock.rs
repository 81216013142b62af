//! A clock of a machine of its own.

use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::Clock;
use greenflow_core::value::WallTime;

use crate::clock::SimClock;

/// The clock of one controller among several: another moment of boot, another rate, another wall
/// time than the world's (F42 and F43).
///
/// ```
/// use std::time::Duration;
/// use greenflow_core::provider::Clock;
/// use greenflow_core::value::WallTime;
/// use greenflow_mock::{Sim, SimClock, SkewedClock};
///
/// let world = SimClock::starting_at(WallTime::from_unix_millis(0));
/// let slow = SkewedClock::new(&world).at_rate(-100_000);
/// Sim::with_clock(world.clone()).run(slow.sleep_until(Duration::from_secs(9)))?;
/// assert_eq!(world.monotonic(), Duration::from_secs(10));
/// # Ok::<(), greenflow_mock::SimError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SkewedClock {
    clock: SimClock,
    booted: Duration,
    rate: u128,
}

impl SkewedClock {
    /// Makes a clock that shows what the world's does.
    #[must_use]
    pub fn new(world: &SimClock) -> Self {
        Self { clock: world.clone(), booted: Duration::ZERO, rate: MILLION }
    }

    /// Lets it run faster than the world's by so many parts in a million, or slower. It always
    /// runs forward: at least a thousandth of the world's rate.
    #[must_use]
    pub fn at_rate(mut self, faster_by: i32) -> Self {
        let rate = (1_000_000 + i64::from(faster_by)).max(1000);
        self.rate = u128::from(rate.unsigned_abs());
        self
    }

    /// Lets its monotonic time begin with this instead of 0: the machine has been up for longer.
    #[must_use]
    pub const fn booted_before(mut self, up: Duration) -> Self {
        self.booted = up;
        self
    }

    /// Lets its wall clock be off by this much.
    #[must_use]
    pub fn with_wall_off_by(mut self, millis: i64) -> Self {
        self.clock = self.clock.skewed(millis);
        self
    }

    /// Returns the first moment of the world at which this clock shows `local` or more.
    fn moment(&self, local: Duration) -> Duration {
        let shown = local.saturating_sub(self.booted).as_nanos();
        nanos(shown.saturating_mul(MILLION).div_ceil(self.rate))
    }
}

#[async_trait]
impl Clock for SkewedClock {
    fn monotonic(&self) -> Duration {
        let passed = self.clock.monotonic().as_nanos();
        self.booted.saturating_add(nanos(passed.saturating_mul(self.rate) / MILLION))
    }

    fn wall(&self) -> WallTime {
        self.clock.wall()
    }

    async fn sleep_until(&self, deadline: Duration) {
        self.clock.sleep_until(self.moment(deadline)).await;
    }
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

const MILLION: u128 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sim;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_sleep_ends_when_the_own_clock_says_so_and_never_before() {
        let world = SimClock::starting_at(WallTime::from_unix_millis(0));
        let sim = Sim::with_clock(world.clone());
        for rate in [-100_000, -3, 0, 1, 7, 333_333] {
            let clock = SkewedClock::new(&world).at_rate(rate).booted_before(HOUR);
            for nanos in [1, 999, 1_000_001, 7_777_777_777] {
                let until = clock.monotonic() + Duration::from_nanos(nanos);
                sim.run(clock.sleep_until(until)).unwrap();
                assert!(clock.monotonic() >= until, "{rate} {nanos}");
                let late = clock.monotonic() - until;
                assert!(late <= Duration::from_nanos(2), "{rate} {nanos}: {late:?}");
            }
        }
    }

    #[test]
    fn rate_and_wall_are_its_own_and_boot_is_not_the_worlds() {
        let world = SimClock::starting_at(WallTime::from_unix_millis(1000));
        let fast = SkewedClock::new(&world).at_rate(100_000).with_wall_off_by(-500);
        Sim::with_clock(world.clone()).let_pass(10 * HOUR);
        assert_eq!(fast.monotonic(), 11 * HOUR);
        assert_eq!(fast.wall(), WallTime::from_unix_millis(500).after(10 * HOUR));
        assert_eq!(fast.booted_before(HOUR).monotonic(), 12 * HOUR);
    }
}
