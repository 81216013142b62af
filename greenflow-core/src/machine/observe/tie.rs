//! How the wall time of measurements and rollout time belong together.

use std::time::Duration;

use crate::value::{Timestamp, WallTime};

/// How the wall time of measurements and rollout time belong together, as the samples themselves say
/// it: none can be taken before it is over. A wall clock that is set back takes what is old for new;
/// this does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine) struct Tie {
    /// By how many milliseconds a sample's end was ahead of the rollout time at which it was taken.
    ahead: i64,
    /// When that was.
    at: Timestamp,
}

impl Tie {
    /// Of a sample that ended at `end` and was taken `at`.
    pub(in crate::machine) fn of(end: WallTime, at: Timestamp) -> Self {
        Self { ahead: end.as_unix_millis().saturating_sub(millis(at)), at }
    }

    /// As it was written down `at`.
    pub(in crate::machine) const fn written(ahead: i64, at: Timestamp) -> Self {
        Self { ahead, at }
    }

    /// Returns it after a take-over, for which rollout time may have gone on by so much more than the
    /// source's clock has.
    pub(in crate::machine) fn after_idle(self, idle: Duration) -> Self {
        let idle = i64::try_from(idle.as_millis()).unwrap_or(i64::MAX);
        Self { ahead: self.ahead.saturating_sub(idle), ..self }
    }

    /// Returns whichever puts the samples earlier in rollout time.
    pub(in crate::machine) fn or(self, later: Self) -> Self {
        if self.ahead(later.at) > later.ahead { self } else { later }
    }

    /// Returns the rollout time at which the source's clock showed `wall`, later by as long as the soonest
    /// sample was on its way.
    pub(in crate::machine) fn rollout_time(self, wall: WallTime, now: Timestamp) -> Timestamp {
        let at = wall.as_unix_millis().saturating_sub(self.ahead(now));
        Timestamp::from_millis(u64::try_from(at).unwrap_or(0))
    }

    /// Returns what the source's clock showed at a moment, earlier by as much.
    pub(in crate::machine) fn wall_time(self, at: Timestamp) -> WallTime {
        WallTime::from_unix_millis(millis(at).saturating_add(self.ahead(at)))
    }

    /// Returns by how many milliseconds the source's clock is ahead at least. Both clocks may run apart by a
    /// tenth; in what goes beyond that one was set.
    pub(in crate::machine) fn ahead(self, now: Timestamp) -> i64 {
        self.ahead.saturating_sub((millis(now).saturating_sub(millis(self.at)) / 10).max(0))
    }
}

/// Rollout time in the signed milliseconds of wall time.
fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn wall(seconds: i64) -> WallTime {
        WallTime::from_unix_millis(seconds * 1000)
    }

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_sample_that_came_soonest_ties_them() {
        let tie = Tie::of(wall(1000), at(5)).or(Tie::of(wall(1010), at(25)));
        assert_eq!(
            tie.rollout_time(wall(1010), at(25)),
            at(17),
            "10 s after, and 2 s of 20 may run off"
        );
        assert_eq!(tie.wall_time(at(25)), wall(1018));
        let tie = tie.or(Tie::of(wall(1030), at(35)));
        assert_eq!(tie.rollout_time(wall(1030), at(35)), at(35));
    }

    #[test]
    fn what_was_written_down_says_no_more_than_what_was_measured() {
        let (measured, now) = (Tie::of(wall(1000), at(5)), at(25));
        let written = Tie::written(measured.ahead(now), now);
        assert_eq!(written.wall_time(now), measured.wall_time(now));
        let idle = written.after_idle(Duration::from_secs(3));
        assert_eq!(idle.wall_time(now), wall(1015), "3 s of 25 may not have been");
    }

    #[test]
    fn what_was_before_the_rollout_is_at_its_beginning() {
        let tie = Tie::of(wall(1000), at(5));
        assert_eq!(tie.rollout_time(wall(1), at(5)), Timestamp::ZERO);
        let far = Tie::of(WallTime::from_unix_millis(i64::MIN), Timestamp::from_millis(u64::MAX));
        assert!(far.rollout_time(wall(1), at(5)) > at(5));
        assert_eq!(at(5).before(Duration::from_secs(9)), Timestamp::ZERO);
    }
}
