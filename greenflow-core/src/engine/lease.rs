//! A lease that is held: what is left of it, and its renewal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::LeaseLoss;
use super::time::within;
use crate::provider::{Clock, Journal, JournalError, LeaseToken};

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

    /// Returns the longest deadline a call may have and still fit into a lease.
    pub(super) const fn longest_call(self) -> Duration {
        self.ttl.saturating_sub(MARGIN).saturating_sub(MARGIN)
    }
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(15), renew: Duration::from_secs(5) }
    }
}

/// A lease that is held. What is left of it is counted on the local monotonic clock from the
/// moment the claim or renewal was *sent*, so it never seems longer here than in the store.
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
    sent: Duration,
    lost: Option<LeaseLoss>,
}

impl Holding {
    /// Holds the lease that was asked for at `sent`.
    pub(super) fn new(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        times: LeaseTimes,
        token: LeaseToken,
        sent: Duration,
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
        let (now, end) = (self.clock.monotonic(), state.sent.saturating_add(self.times.ttl));
        match end.checked_sub(now) {
            Some(left) if left > Duration::ZERO => Ok(left),
            Some(_) | None => Err(LeaseLoss::RanOut { late: now.saturating_sub(end) }),
        }
    }

    /// Makes sure that more than `call` and a margin is left, renewing first if it must. To be
    /// called immediately before each send (S30).
    ///
    /// # Errors
    /// How the lease was lost.
    pub(super) async fn ensure(&self, call: Duration) -> Result<(), LeaseLoss> {
        let needed = call.saturating_add(MARGIN);
        while self.remaining()? <= needed {
            self.renew_or_pause().await?;
        }
        Ok(())
    }

    /// Renews again and again; returns when the lease is lost.
    pub(super) async fn keep(&self) -> LeaseLoss {
        loop {
            let sent = self.lock().sent;
            self.clock.sleep_until(sent.saturating_add(self.times.renew)).await;
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
        let sent = self.clock.monotonic();
        let call = self.journal.renew(&self.token, self.times.ttl);
        match within(self.clock.as_ref(), limit, call).await {
            Some(Ok(())) => {
                self.lock().sent = sent;
                return Ok(());
            }
            Some(Err(error)) => {
                if let Some(loss) = loss_of(&error) {
                    self.lock().lost = Some(loss.clone());
                    return Err(loss);
                }
            }
            None => {}
        }
        let pause = self.remaining()?.min(RENEW_PAUSE);
        self.clock.sleep_until(self.clock.monotonic().saturating_add(pause)).await;
        self.remaining().map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how this answer of the journal ends a lease, if it does.
pub(super) fn loss_of(error: &JournalError) -> Option<LeaseLoss> {
    match error {
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

/// What must be left of a lease beyond a call's deadline: scheduling, and clocks that differ in
/// rate.
const MARGIN: Duration = Duration::from_secs(2);
const TTL_MIN: Duration = Duration::from_secs(6);
const RENEW_MIN: Duration = Duration::from_millis(100);
const RENEW_DEADLINE: Duration = Duration::from_secs(3);
const RENEW_PAUSE: Duration = Duration::from_millis(500);
