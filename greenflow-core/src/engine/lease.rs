//! A lease that is held: what is left of it, and its renewal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::LeaseLoss;
use super::time::within;
use crate::provider::{Clock, Journal, JournalError, LeaseToken};
use crate::value::WallTime;

/// How long leases last, and how often they are renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LeaseTimes {
    pub(super) ttl: Duration,
    pub(super) renew: Duration,
}

impl LeaseTimes {
    /// Brings the two into an order that can work: a TTL with room for at least one call, and
    /// renewals that come at least twice in it.
    pub(super) fn new(ttl: Duration, renew: Duration) -> Self {
        let ttl = ttl.max(TTL_MIN);
        Self { ttl, renew: renew.clamp(RENEW_MIN, ttl / 2) }
    }

    /// Returns how long a lease lasts on our clock: it may be slower than the store's by a tenth.
    pub(super) fn lasts(self) -> Duration {
        self.ttl * 10 / 11
    }

    /// Returns the longest deadline a call may have and still fit into a lease.
    pub(super) fn longest_call(self) -> Duration {
        self.lasts().saturating_sub(MARGIN * 2)
    }
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(15), renew: Duration::from_secs(5) }
    }
}

/// When a lease was asked for, on both clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    pub(super) at: Duration,
    wall: WallTime,
}

impl Asked {
    /// Notes that a lease is asked for now.
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self { at: clock.monotonic(), wall: clock.wall() }
    }
}

/// A lease that is held. What is left of it is counted on the local monotonic clock from the
/// moment the claim or renewal was *sent*, as a clock that is slow by a tenth must count, so it never
/// seems longer here than in the store. A monotonic clock may stand still while the host is
/// suspended, and the wall clock does not: where that one has moved on by a whole lease, the lease is
/// renewed before anything is sent. It only ever casts doubt; a lease is never lost by it.
#[derive(Debug)]
pub(super) struct Holding {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    token: LeaseToken,
    times: LeaseTimes,
    state: Mutex<State>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    sent: Asked,
    lost: Option<LeaseLoss>,
}

impl Holding {
    /// Holds the lease that was asked for at `sent`.
    pub(super) fn new(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        times: LeaseTimes,
        token: LeaseToken,
        sent: Asked,
    ) -> Self {
        let state = Mutex::new(State { sent, lost: None });
        Self { journal, clock, token, times, state, renewing: tokio::sync::Mutex::new(()) }
    }

    /// Returns its proof.
    pub(super) const fn token(&self) -> &LeaseToken {
        &self.token
    }

    /// Returns the lease's times.
    pub(super) const fn times(&self) -> LeaseTimes {
        self.times
    }

    /// Returns how much is left of it.
    ///
    /// # Errors
    /// How it was lost, if nothing is.
    pub(super) fn remaining(&self) -> Result<Duration, LeaseLoss> {
        let state = self.lock();
        if let Some(loss) = &state.lost {
            return Err(loss.clone());
        }
        let (now, end) = (self.clock.monotonic(), state.sent.at.saturating_add(self.times.lasts()));
        match end.checked_sub(now) {
            Some(left) if left > Duration::ZERO => Ok(left),
            Some(_) | None => Err(LeaseLoss::RanOut { late: now.saturating_sub(end) }),
        }
    }

    /// Makes sure that more than `call` and a margin is left, and that the host was not suspended for
    /// a whole lease since it was asked for, renewing first if it must. To be called immediately
    /// before each send (S30). Returns how long the call may take: less than `call` where the journal
    /// is so slow that even a lease just renewed has not that much left.
    ///
    /// # Errors
    /// How the lease was lost.
    pub(super) async fn ensure(&self, call: Duration) -> Result<Duration, LeaseLoss> {
        let mut renewed = false;
        loop {
            let left = self.remaining()?.saturating_sub(MARGIN);
            let enough = left > call || (renewed && !left.is_zero());
            if enough && !self.is_doubtful() {
                return Ok(call.min(left));
            }
            let before = self.lock().sent;
            self.renew_or_pause().await?;
            renewed = self.lock().sent != before;
        }
    }

    /// Lets nothing be sent under it any more: it is about to be given back.
    pub(super) fn end(&self) {
        self.lock().lost.get_or_insert(LeaseLoss::RanOut { late: Duration::ZERO });
    }

    /// Renews again and again; returns when the lease is lost.
    pub(super) async fn keep(&self) -> LeaseLoss {
        loop {
            let sent = self.lock().sent;
            self.clock.as_ref().sleep_until(sent.at.saturating_add(self.times.renew)).await;
            if self.lock().sent != sent {
                continue;
            }
            if let Err(loss) = self.renew_or_pause().await {
                return loss;
            }
        }
    }

    /// Renews once. When the store cannot be reached, pauses and returns, as long as anything is
    /// left of the lease.
    async fn renew_or_pause(&self) -> Result<(), LeaseLoss> {
        let before = self.lock().sent;
        let _one_at_a_time = self.renewing.lock().await;
        if self.lock().sent != before {
            return Ok(());
        }
        let limit = self.remaining()?.min(RENEW_DEADLINE);
        let sent = Asked::now(self.clock.as_ref());
        let call = self.journal.as_ref().renew(&self.token, self.times.ttl);
        match within(self.clock.as_ref(), limit, call).await {
            Some(Ok(())) => {
                self.lock().sent = sent;
                return Ok(());
            }
            Some(Err(error)) => {
                if let Some(loss) = loss_of(&error) {
                    mark!(RenewalRefused);
                    self.lock().lost = Some(loss.clone());
                    return Err(loss);
                }
            }
            None => {
                mark!(RenewalUnanswered);
            }
        }
        let pause = self.remaining()?.min(RENEW_PAUSE);
        self.clock.sleep_until(self.clock.monotonic().saturating_add(pause)).await;
        self.remaining().map(drop)
    }

    /// Returns whether the wall clock has moved on by more than the lease lasts since it was asked for.
    fn is_doubtful(&self) -> bool {
        self.clock.wall().since(self.lock().sent.wall) > self.times.lasts()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how this answer of the journal ends a lease, if it does. At our own epoch nobody else has
/// taken it: the store only counts it as over before we do.
pub(super) fn loss_of(error: &JournalError) -> Option<LeaseLoss> {
    match error {
        JournalError::Fenced { ours, current } if current <= ours => {
            Some(LeaseLoss::RanOut { late: Duration::ZERO })
        }
        JournalError::Fenced { ours, current } => {
            Some(LeaseLoss::Fenced { ours: *ours, current: *current })
        }
        JournalError::Conflict { head, expected } => {
            Some(LeaseLoss::Conflict { head: *head, expected: *expected })
        }
        JournalError::NotFound(_) => Some(LeaseLoss::Gone),
        JournalError::ServiceLocked { .. }
        | JournalError::Exists(_)
        | JournalError::Held { .. }
        | JournalError::Unavailable { .. }
        | JournalError::Damaged(_) => None,
    }
}

/// What must be left of a lease beyond a call's deadline, for scheduling.
const MARGIN: Duration = Duration::from_secs(1);
const TTL_MIN: Duration = Duration::from_secs(6);
const RENEW_MIN: Duration = Duration::from_millis(100);
const RENEW_DEADLINE: Duration = Duration::from_secs(3);
const RENEW_PAUSE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{TestClock, TestJournal};
    use crate::provider::Claim;
    use crate::value::{ControllerId, RolloutId};

    const SECOND: Duration = Duration::from_secs(1);

    fn bench() -> (TestClock, TestJournal, Holding) {
        let clock = TestClock::new();
        let journal = TestJournal::new(&clock);
        let (rollout, owner) = (RolloutId::new("r").unwrap(), ControllerId::new("c").unwrap());
        let times = LeaseTimes::default();
        let claim = Claim { rollout, owner, ttl: times.ttl };
        let token = clock.run(journal.claim(claim)).unwrap().token;
        let lease = Holding::new(journal.arc(), clock.arc(), times, token, Asked::now(&clock));
        (clock, journal, lease)
    }

    #[test]
    fn a_lease_counts_from_the_moment_it_was_asked_for() {
        let (clock, _, lease) = bench();
        let lasts = lease.times().lasts();
        clock.advance(lasts - SECOND);
        assert_eq!(lease.remaining(), Ok(SECOND));
        clock.advance(3 * SECOND);
        assert_eq!(lease.remaining(), Err(LeaseLoss::RanOut { late: 2 * SECOND }));
    }

    #[test]
    fn a_clock_that_is_slow_by_a_tenth_sees_its_lease_end_before_the_store_does() {
        let times = LeaseTimes::default();
        let really = times.lasts() * 11 / 10;
        assert!(really <= times.ttl && really > times.ttl - SECOND, "{really:?}");
    }

    #[test]
    fn it_is_kept_until_the_store_has_been_away_for_a_ttl() {
        let (clock, journal, lease) = bench();
        let down = async {
            clock.sleep_until(32 * SECOND).await;
            journal.state().down = true;
        };
        let (loss, ()) = clock.run(futures_util::future::join(lease.keep(), down));
        assert!(matches!(loss, LeaseLoss::RanOut { .. }), "{loss:?}");
        assert_eq!(clock.now(), 30 * SECOND + LeaseTimes::default().lasts());
    }

    #[test]
    fn a_short_outage_of_the_store_costs_nothing() {
        let (clock, journal, lease) = bench();
        let outage = async {
            for (at, down) in [(4_u32, true), (13, false)] {
                clock.sleep_until(at * SECOND).await;
                journal.state().down = down;
            }
            clock.sleep_until(100 * SECOND).await;
            journal.state().epoch = 2;
        };
        let (loss, ()) = clock.run(futures_util::future::join(lease.keep(), outage));
        assert_eq!(loss, LeaseLoss::Fenced { ours: 1, current: 2 });
        assert!(clock.now() <= 105 * SECOND, "{:?}", clock.now());
    }

    #[test]
    fn nothing_is_sent_under_a_lease_that_is_given_back() {
        let (clock, _, lease) = bench();
        lease.end();
        let loss = clock.run(lease.ensure(Duration::ZERO)).unwrap_err();
        assert_eq!(loss, LeaseLoss::RanOut { late: Duration::ZERO });
    }

    #[test]
    fn a_lease_that_was_lost_while_the_host_was_suspended_is_noticed_before_a_send() {
        let (clock, journal, lease) = bench();
        clock.suspend(60 * SECOND);
        journal.state().epoch = 2;
        assert!(lease.remaining().is_ok());
        let loss = clock.run(lease.ensure(SECOND)).unwrap_err();
        assert_eq!(loss, LeaseLoss::Fenced { ours: 1, current: 2 });
    }

    #[test]
    fn a_jump_of_the_wall_clock_costs_one_renewal() {
        let (clock, journal, lease) = bench();
        clock.advance(SECOND);
        clock.suspend(86_400 * SECOND);
        for _ in 0..2 {
            assert_eq!(clock.run(lease.ensure(SECOND)), Ok(SECOND));
            assert_eq!(journal.state().expires, SECOND + lease.times().ttl);
            clock.advance(SECOND);
        }
    }

    #[test]
    fn times_that_cannot_work_are_brought_into_order() {
        let times = LeaseTimes::new(SECOND, 60 * SECOND);
        assert_eq!((times.ttl, times.renew), (6 * SECOND, 3 * SECOND));
        assert_eq!(times.longest_call().as_millis(), 3454);
        assert_eq!(LeaseTimes::default().longest_call().as_millis(), 11_636);
    }
}
