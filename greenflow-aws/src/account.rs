//! What all rollouts of a process share in one account and region: limits, and one call for many.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use greenflow_core::provider::layer::{Gate, Rate};
use greenflow_core::provider::{Clock, ErrorKind};

use crate::api::ApiError;
use crate::batch::Batch;

/// One account and region: share it (in an [`Arc`]) among all [`Site`](crate::Site)s there.
///
/// AWS limits calls by account, region and API family, whoever makes them. So all rollouts of a
/// process draw on the same limits here: a call whose turn comes soon waits, by the clock; one that
/// would have to wait for more than a third of its time is turned away with `Throttled` and nothing
/// is sent, for it would use up its turn and run out of time. The cut never waits. When AWS itself throttles, the family rests for two seconds.
pub struct Account {
    clock: Arc<dyn Clock>,
    gates: Mutex<[Gate; Family::COUNT]>,
    pub(crate) services: Batch,
}

/// The families of calls that AWS limits together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Family {
    /// Reads of Elastic Load Balancing; AWS allows 10 a second and bursts of 40.
    Elbv2Reads,
    /// Writes to Elastic Load Balancing.
    Elbv2Writes,
    /// Reads of ECS services and tasks; AWS allows 20 a second and bursts of 50.
    EcsReads,
    /// Writes to ECS.
    EcsWrites,
    /// CloudWatch.
    CloudWatch,
    /// Application Auto Scaling.
    Scaling,
    /// Reads of the Elastic Container Registry.
    Ecr,
}

impl Family {
    const COUNT: usize = 7;
    const ALL: [Self; Self::COUNT] = [
        Self::Elbv2Reads,
        Self::Elbv2Writes,
        Self::EcsReads,
        Self::EcsWrites,
        Self::CloudWatch,
        Self::Scaling,
        Self::Ecr,
    ];

    /// Half of what AWS allows, since others live in the account too.
    const fn rate(self) -> Rate {
        match self {
            Self::Elbv2Reads => Rate::per_second(5).with_burst(20),
            Self::Elbv2Writes => Rate::per_second(2).with_burst(10),
            Self::EcsReads => Rate::per_second(10).with_burst(25),
            Self::EcsWrites => Rate::per_second(1).with_burst(10),
            Self::CloudWatch => Rate::per_second(10).with_burst(20),
            Self::Scaling => Rate::per_second(2).with_burst(10),
            Self::Ecr => Rate::per_second(5).with_burst(20),
        }
    }
}

impl Account {
    /// Begins to count calls, by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let gates = Mutex::new(Family::ALL.map(|family| Gate::new(family.rate())));
        Arc::new(Self { services: Batch::new(Arc::clone(&clock)), clock, gates })
    }

    /// Changes how often a family may be called, for an account with other limits or many other
    /// users.
    pub fn limit(&self, family: Family, rate: Rate) {
        self.gates()[family as usize] = Gate::new(rate);
    }

    /// Makes one call in its turn.
    pub(crate) async fn call<T>(
        &self,
        family: Family,
        patience: Duration,
        call: impl Future<Output = Result<T, ApiError>> + Send,
    ) -> Result<T, ApiError> {
        let now = self.clock.monotonic();
        let wait = self.take(family, now, patience)?;
        if !wait.is_zero() {
            self.clock.sleep_until(now.saturating_add(wait)).await;
        }
        self.noting(family, call.await)
    }

    /// Makes the call that never waits: the cut.
    pub(crate) async fn urgent<T>(
        &self,
        family: Family,
        call: impl Future<Output = Result<T, ApiError>> + Send,
    ) -> Result<T, ApiError> {
        self.gates()[family as usize].pass(self.clock.monotonic());
        self.noting(family, call.await)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    fn take(
        &self,
        family: Family,
        now: Duration,
        patience: Duration,
    ) -> Result<Duration, ApiError> {
        let mut gates = self.gates();
        let gate = &mut gates[family as usize];
        let wait = gate.wait(now);
        if wait > patience / PART_FOR_WAITING {
            let message = "the process's own limit on the rate of calls";
            let error = ApiError::new(ErrorKind::Throttled, "own limit", message);
            return Err(error.not_applied().retry_after(wait));
        }
        gate.admit(now);
        Ok(wait)
    }

    /// Lets the family rest when AWS has had enough of it.
    fn noting<T>(&self, family: Family, answer: Result<T, ApiError>) -> Result<T, ApiError> {
        if let Err(error) = &answer
            && error.kind == ErrorKind::Throttled
        {
            let rest = error.retry_after.unwrap_or(REST).min(LONGEST_REST);
            let until = self.clock.monotonic().saturating_add(rest);
            self.gates()[family as usize].close(until);
        }
        answer
    }

    fn gates(&self) -> MutexGuard<'_, [Gate; Family::COUNT]> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

/// A call waits for at most one part in so many of its time; the rest is for the call itself, and
/// for those that come after it in the same operation.
const PART_FOR_WAITING: u32 = 3;
const REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use greenflow_core::provider::Applied;
    use greenflow_core::value::WallTime;
    use greenflow_mock::{Sim, SimClock};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn account() -> (Arc<Account>, SimClock) {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        (Account::new(Arc::new(clock.clone())), clock)
    }

    #[test]
    fn calls_beyond_the_burst_wait_and_those_that_cannot_are_turned_away_unsent() {
        let (account, clock) = account();
        account.limit(Family::EcsWrites, Rate::per_second(1).with_burst(2));
        let sim = Sim::with_clock(clock.clone());
        let call = |patience| account.call(Family::EcsWrites, patience, async { Ok(()) });
        for second in [0, 0, 1, 2] {
            sim.run(call(PATIENCE)).unwrap().unwrap();
            assert_eq!(clock.monotonic(), Duration::from_secs(second));
        }
        let refused = sim.run(call(Duration::from_millis(500))).unwrap().unwrap_err();
        assert_eq!((refused.kind, refused.applied), (ErrorKind::Throttled, Applied::No));
        assert_eq!(refused.retry_after, Some(Duration::from_secs(1)));
        // Another family has its own limit, and the cut waits for none.
        sim.run(account.call(Family::EcsReads, PATIENCE, async { Ok(()) })).unwrap().unwrap();
        sim.run(account.urgent(Family::EcsWrites, async { Ok(()) })).unwrap().unwrap();
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
    }

    #[test]
    fn a_throttled_family_rests() {
        let (account, clock) = account();
        let sim = Sim::with_clock(clock.clone());
        let throttled =
            async { Err::<(), _>(ApiError::new(ErrorKind::Throttled, "ThrottlingException", "")) };
        sim.run(account.call(Family::Elbv2Reads, PATIENCE, throttled)).unwrap().unwrap_err();
        sim.run(account.call(Family::Elbv2Reads, PATIENCE, async { Ok(()) })).unwrap().unwrap();
        assert_eq!(clock.monotonic(), REST);
    }
}
