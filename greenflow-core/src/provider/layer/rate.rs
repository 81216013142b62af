//! A bound on how often something happens.

use std::time::Duration;

/// A bound on how often something happens: so many at once, and then one each so often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    every: Duration,
    burst: u32,
}

impl Rate {
    /// One each `every`, without bursts.
    #[must_use]
    pub const fn one_each(every: Duration) -> Self {
        Self { every, burst: 1 }
    }

    /// So many a second, evenly; 0 counts as 1.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        let count = if count == 0 { 1 } else { count };
        Self::one_each(Duration::from_nanos(1_000_000_000 / count as u64))
    }

    /// Lets so many pass at once after a quiet time; 0 counts as 1.
    #[must_use]
    pub const fn with_burst(mut self, burst: u32) -> Self {
        self.burst = if burst == 0 { 1 } else { burst };
        self
    }
}

/// Holds something to a [`Rate`], for whoever wraps no provider but single calls.
///
/// The generic cell rate algorithm: one moment is all that it remembers, and it reads no clock.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    rate: Rate,
    /// When everything admitted so far would have come, had it come evenly.
    due: Duration,
}

impl Gate {
    /// Lets pass what the rate allows.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self { rate, due: Duration::ZERO }
    }

    /// Returns how long one that comes now has to wait for its turn.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Duration {
        let ahead = self.rate.every.saturating_mul(self.rate.burst.saturating_sub(1));
        self.due.saturating_sub(ahead).saturating_sub(now)
    }

    /// Takes the turn of one that comes now.
    pub fn admit(&mut self, now: Duration) {
        self.due = self.due.max(now).saturating_add(self.rate.every);
    }

    /// Takes the turn of one that passes now and waits for nothing. Any number of these keep nobody
    /// else away for longer than one pause of the rate.
    pub fn pass(&mut self, now: Duration) {
        let most = now.saturating_add(self.rate.every.saturating_mul(self.rate.burst));
        let due = self.due.max(now).saturating_add(self.rate.every);
        self.due = self.due.max(due.min(most));
    }

    /// Lets nobody pass before `until`, and no burst then: the other side has had enough.
    pub fn close(&mut self, until: Duration) {
        let ahead = self.rate.every.saturating_mul(self.rate.burst.saturating_sub(1));
        self.due = self.due.max(until.saturating_add(ahead));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_and_the_rest_waits_evenly() {
        let mut gate = Gate::new(Rate::one_each(SECOND).with_burst(3));
        let now = 100 * SECOND;
        let waits: Vec<Duration> = (0..5)
            .map(|_| {
                let wait = gate.wait(now);
                gate.admit(now);
                wait
            })
            .collect();
        assert_eq!(waits, [Duration::ZERO, Duration::ZERO, Duration::ZERO, SECOND, 2 * SECOND]);
    }

    #[test]
    fn quiet_time_is_saved_up_only_to_the_burst() {
        let mut gate = Gate::new(Rate::one_each(SECOND).with_burst(2));
        for now in [Duration::ZERO, 1000 * SECOND] {
            gate.admit(now);
            gate.admit(now);
            assert_eq!(gate.wait(now), SECOND);
        }
    }

    #[test]
    fn whoever_passes_delays_the_next_by_one_pause_at_most_and_nobody_before_it() {
        let mut gate = Gate::new(Rate::one_each(SECOND).with_burst(3));
        let now = 100 * SECOND;
        gate.pass(now);
        assert_eq!(gate.wait(now), Duration::ZERO);
        for _ in 0..1000 {
            gate.pass(now);
        }
        assert_eq!(gate.wait(now), SECOND);
        gate.admit(now);
        gate.pass(now);
        assert_eq!(gate.wait(now), 2 * SECOND, "the turn of one that waits is lost");
    }

    #[test]
    fn a_closed_gate_opens_without_a_burst() {
        let mut gate = Gate::new(Rate::one_each(SECOND).with_burst(3));
        gate.close(10 * SECOND);
        assert_eq!(gate.wait(4 * SECOND), 6 * SECOND);
        assert_eq!(gate.wait(10 * SECOND), Duration::ZERO);
        gate.admit(10 * SECOND);
        assert_eq!(gate.wait(10 * SECOND), SECOND);
    }

    #[test]
    fn rates_have_no_zero() {
        assert_eq!(Rate::per_second(0).with_burst(0), Rate::one_each(SECOND));
        assert_eq!(Rate::per_second(4), Rate::one_each(SECOND / 4));
    }
}
