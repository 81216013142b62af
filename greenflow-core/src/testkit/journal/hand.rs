//! What the checks of a journal share.

use std::sync::Arc;
use std::time::Duration;

use super::JournalFixture;
use crate::provider::{
    Append, Claim, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Standing,
    StoredFrame, Summary,
};
use crate::testkit::bench::{Bench, stimulus};
use crate::testkit::result::{Checked, fail, made};
use crate::value::{ControllerId, RolloutId, ServiceName};

/// The kit's hand on a journal.
pub(super) struct Hand<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) ttl: Duration,
    fixture: &'a dyn JournalFixture,
}

/// Still running, and the lock is held.
pub(super) const RUNNING: Standing = Standing { ended: false, locks_service: true };
/// Still running, and the lock is given back.
pub(super) const FREED: Standing = Standing { ended: false, locks_service: false };
/// Over.
pub(super) const ENDED: Standing = Standing { ended: true, locks_service: false };

impl<'a> Hand<'a> {
    pub(super) fn new(fixture: &'a dyn JournalFixture) -> Checked<Self> {
        let (bench, journal) = (Bench::new(fixture)?, fixture.journal());
        Ok(Self { bench, journal, ttl: fixture.ttl(), fixture })
    }

    /// The kit's hand on the same store, opened anew.
    pub(super) async fn anew(&self) -> Checked<Self> {
        let journal = stimulus(self.fixture.reopen().await)?;
        let hand = Self::new(self.fixture)?;
        Ok(Self { journal, ..hand })
    }

    pub(super) fn request(&self, rollout: &str, service: &str, owner: &str) -> Checked<Create> {
        Ok(Create {
            rollout: id(rollout)?,
            service: made(ServiceName::new(service))?,
            owner: controller(owner)?,
            ttl: self.ttl,
            frames: vec![frame(rollout, 1)],
        })
    }

    /// Creates a rollout of controller `c-1`, with one frame.
    pub(super) async fn create(&self, rollout: &str, service: &str) -> Checked<Lease> {
        let request = self.request(rollout, service, "c-1")?;
        self.bench.ok("create", self.journal.create(request)).await
    }

    /// Appends so many frames after `head`, however that ends.
    pub(super) async fn try_append(
        &self,
        token: &LeaseToken,
        head: u64,
        count: u64,
        standing: Standing,
    ) -> Checked<Result<(), JournalError>> {
        let frames = (1..=count).map(|n| frame(token.rollout.as_str(), head + n)).collect();
        let request =
            Append { token: token.clone(), expected_head: head, frames, standing, urgent: false };
        self.bench.answer("append", self.journal.append(request)).await
    }

    pub(super) async fn append(&self, token: &LeaseToken, head: u64, count: u64) -> Checked {
        match self.try_append(token, head, count, RUNNING).await? {
            Ok(()) => Ok(()),
            Err(error) => fail(format!("append after frame {head} failed: {error}")),
        }
    }

    /// Fails unless an append of one frame is fenced.
    pub(super) async fn is_fenced(&self, token: &LeaseToken, head: u64, when: &str) -> Checked {
        match self.try_append(token, head, 1, RUNNING).await? {
            Err(JournalError::Fenced { .. }) => Ok(()),
            other => fail(format!("an append {when} says {other:?}")),
        }
    }

    pub(super) async fn end(&self, token: &LeaseToken, head: u64) -> Checked {
        match self.try_append(token, head, 1, ENDED).await? {
            Ok(()) => Ok(()),
            Err(error) => fail(format!("the append that ends a rollout failed: {error}")),
        }
    }

    pub(super) async fn read(&self, rollout: &RolloutId) -> Checked<Vec<StoredFrame>> {
        self.read_part(rollout, 0, 1000).await
    }

    pub(super) async fn read_part(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Checked<Vec<StoredFrame>> {
        self.bench.ok("read", self.journal.read(rollout, after, limit)).await
    }

    pub(super) async fn try_claim(
        &self,
        rollout: &RolloutId,
        owner: &str,
    ) -> Checked<Result<Lease, JournalError>> {
        let owner = controller(owner)?;
        let request = Claim { rollout: rollout.clone(), owner, ttl: self.ttl };
        self.bench.answer("claim", self.journal.claim(request)).await
    }

    pub(super) async fn claim(&self, rollout: &RolloutId, owner: &str) -> Checked<Lease> {
        match self.try_claim(rollout, owner).await? {
            Ok(lease) => Ok(lease),
            Err(error) => fail(format!("the claim of {owner} failed: {error}")),
        }
    }

    pub(super) async fn list(&self, filter: ListFilter) -> Checked<Vec<Summary>> {
        self.bench.ok("list", self.journal.list(filter)).await
    }

    pub(super) async fn let_pass(&self, span: Duration) -> Checked {
        stimulus(self.fixture.let_store_time_pass(span).await)
    }
}

pub(super) fn id(rollout: &str) -> Checked<RolloutId> {
    made(RolloutId::new(rollout))
}

pub(super) fn controller(owner: &str) -> Checked<ControllerId> {
    made(ControllerId::new(owner))
}

/// A frame that no text is: stores must keep bytes as they are.
pub(super) fn frame(rollout: &str, sequence: u64) -> Vec<u8> {
    let mut bytes = vec![0, 0xff, b'\n'];
    bytes.extend(format!("{rollout} {sequence}").into_bytes());
    bytes
}
