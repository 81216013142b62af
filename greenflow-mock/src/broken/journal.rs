//! Journals that are wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    Append, Claim, Clock, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    StoredFrame, Summary,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::{RolloutId, ServiceName, Timestamp};

use super::memory::{Busy, Memory};
use super::mistake::mistakes;
use crate::clock::SimClock;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a journal does wrong.
    JournalMistake {
        /// It gives a locked service to a second rollout.
        ForgetsLocks = ("forgets-locks", "JO-1"),
        /// It keeps the lock of a rollout that gives it back and runs on.
        KeepsTheLock = ("keeps-the-lock", "JO-1"),
        /// It loses the last of many frames.
        LosesTheLastFrame = ("loses-the-last-frame", "JO-2"),
        /// It appends after a gap.
        AppendsAfterAGap = ("appends-after-a-gap", "JO-3"),
        /// It appends under a lease that has run out.
        AppendsWhenOver = ("appends-when-over", "JO-3"),
        /// It reads one frame too early.
        ReadsTooEarly = ("reads-too-early", "JO-4"),
        /// It gives away a lease that another owner holds.
        GivesLeasesAway = ("gives-leases-away", "JO-5"),
        /// It says that something was appended just now.
        IsNeverIdle = ("is-never-idle", "JO-5"),
        /// It counts from the create for how long nothing was appended.
        IsAlwaysIdle = ("is-always-idle", "JO-5"),
        /// It renews a lease that is over.
        RenewsTheDead = ("renews-the-dead", "JO-6"),
        /// It renews a lease that was released.
        RenewsTheReleased = ("renews-the-released", "JO-6"),
        /// It forgets when a released rollout is due.
        ForgetsWhenDue = ("forgets-when-due", "JO-7"),
        /// It forgets how far a rollout's own time had come.
        ForgetsTheTime = ("forgets-the-time", "JO-7"),
        /// It takes a time that is not told for none at all.
        TakesNothingForZero = ("takes-nothing-for-zero", "JO-7"),
        /// It ends the lease of whatever epoch it is at.
        ReleasesAnyEpoch = ("releases-any-epoch", "JO-7"),
        /// It lists from the end.
        ListsBackwards = ("lists-backwards", "JO-8"),
        /// It calls a lost answer a conflict.
        CallsItAConflict = ("calls-it-a-conflict", "JO-9"),
        /// It stays locked when an append is dropped.
        StaysLocked = ("journal-stays-locked", "JO-10"),
    }
}

impl JournalMistake {
    /// Runs the test kit on a journal that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::journal(self.name(), &world_for_kit(), |fixture| {
            let clock = fixture.world().clock();
            Arc::new(BrokenJournal::new(self, fixture.world_journal(), clock))
        })
    }
}

/// A journal that makes one mistake.
#[derive(Debug)]
pub struct BrokenJournal {
    mistake: JournalMistake,
    inner: Arc<dyn Journal>,
    clock: SimClock,
    busy: Busy,
    created: Memory<Option<Duration>>,
    released: Memory<Option<LeaseToken>>,
}

impl BrokenJournal {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: JournalMistake, inner: Arc<dyn Journal>, clock: SimClock) -> Self {
        let (created, released) = (Memory::default(), Memory::default());
        Self { mistake, inner, clock, busy: Busy::default(), created, released }
    }

    async fn create_anyway(&self, request: Create) -> Result<Lease, JournalError> {
        let other = ServiceName::new(format!("{}-{}", request.service, request.rollout));
        match self.inner.create(request.clone()).await {
            Err(JournalError::ServiceLocked { .. }) => {
                let service = other.unwrap_or_else(|_| request.service.clone());
                self.inner.create(Create { service, ..request }).await
            }
            answer => answer,
        }
    }

    async fn append_anywhere(&self, mut request: Append) -> Result<(), JournalError> {
        match self.inner.append(request.clone()).await {
            Err(JournalError::Conflict { head, expected }) if expected > head => {
                request.expected_head = head;
                self.inner.append(request).await
            }
            answer => answer,
        }
    }

    async fn append_when_over(&self, mut request: Append) -> Result<(), JournalError> {
        match self.inner.append(request.clone()).await {
            Err(JournalError::Fenced { ours, current })
                if ours == current && !self.was_released(&request.token) =>
            {
                let LeaseToken { rollout, owner, .. } = request.token;
                let claim = Claim { rollout, owner, ttl: Duration::from_secs(1) };
                request.token = self.inner.claim(claim).await?.token;
                self.inner.append(request).await
            }
            answer => answer,
        }
    }

    fn was_released(&self, token: &LeaseToken) -> bool {
        self.released.with(|released| released.as_ref() == Some(token))
    }

    /// Spoils what is told of appends: what is told of releases is another clause's.
    fn spoil(&self, lease: &mut Lease) {
        if lease.reached > Timestamp::ZERO {
            return;
        }
        if self.mistake == JournalMistake::IsNeverIdle {
            lease.idle = Duration::ZERO;
        }
        if self.mistake == JournalMistake::IsAlwaysIdle {
            let since = self.created.with(|created| created.unwrap_or_default());
            lease.idle = self.clock.monotonic() - since;
        }
    }

    async fn append_locked(&self, request: Append) -> Result<(), JournalError> {
        if self.busy.put_up() {
            let reason = "the journal is locked".to_owned();
            return Err(JournalError::Unavailable { reason, source: None });
        }
        let soon = self.clock.monotonic().saturating_add(Duration::from_millis(5));
        self.clock.sleep_until(soon).await;
        let answer = self.inner.append(request).await;
        self.busy.take_down();
        answer
    }
}

#[async_trait]
impl Journal for BrokenJournal {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        self.created.with(|created| *created = Some(self.clock.monotonic()));
        if self.mistake == JournalMistake::ForgetsLocks {
            return self.create_anyway(request).await;
        }
        self.inner.create(request).await
    }

    async fn append(&self, mut request: Append) -> Result<(), JournalError> {
        if self.mistake == JournalMistake::LosesTheLastFrame && request.frames.len() > 2 {
            request.frames.pop();
        }
        if self.mistake == JournalMistake::KeepsTheLock {
            request.standing.locks_service |= !request.standing.ended;
        }
        if self.mistake == JournalMistake::AppendsWhenOver {
            return self.append_when_over(request).await;
        }
        if self.mistake == JournalMistake::AppendsAfterAGap {
            return self.append_anywhere(request).await;
        }
        if self.mistake == JournalMistake::StaysLocked {
            return self.append_locked(request).await;
        }
        let expected = request.expected_head;
        match self.inner.append(request).await {
            Err(JournalError::Unavailable { .. })
                if self.mistake == JournalMistake::CallsItAConflict =>
            {
                Err(JournalError::Conflict { head: expected, expected })
            }
            answer => answer,
        }
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        let early = u64::from(self.mistake == JournalMistake::ReadsTooEarly);
        self.inner.read(rollout, after.saturating_sub(early), limit).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        match self.inner.claim(request.clone()).await {
            Ok(mut lease) => {
                self.spoil(&mut lease);
                Ok(lease)
            }
            Err(JournalError::Held { .. }) if self.mistake == JournalMistake::GivesLeasesAway => {
                let (rollout, owner) = (request.rollout, request.owner);
                let token = LeaseToken { rollout, owner, epoch: u64::MAX };
                Ok(Lease { token, head: 0, reached: Timestamp::ZERO, idle: Duration::ZERO })
            }
            answer => answer,
        }
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        let renews = self.mistake == JournalMistake::RenewsTheDead
            || self.mistake == JournalMistake::RenewsTheReleased && self.was_released(token);
        match self.inner.renew(token, ttl).await {
            Err(JournalError::Fenced { .. }) if renews => Ok(()),
            answer => answer,
        }
    }

    async fn release(&self, token: &LeaseToken, mut rest: Rest) -> Result<(), JournalError> {
        if self.mistake == JournalMistake::ForgetsWhenDue {
            rest.due_in = Some(Duration::ZERO);
        }
        if self.mistake == JournalMistake::ForgetsTheTime {
            rest.reached = None;
        }
        if self.mistake == JournalMistake::TakesNothingForZero {
            rest.reached = rest.reached.or(Some(Timestamp::ZERO));
        }
        self.released.with(|released| *released = Some(token.clone()));
        match self.inner.release(token, rest).await {
            Err(JournalError::Fenced { current, .. })
                if self.mistake == JournalMistake::ReleasesAnyEpoch =>
            {
                let token = LeaseToken { epoch: current, ..token.clone() };
                self.inner.release(&token, rest).await
            }
            answer => answer,
        }
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        let mut listed = self.inner.list(filter).await?;
        if self.mistake == JournalMistake::ListsBackwards {
            listed.reverse();
        }
        Ok(listed)
    }
}
