//! A journal one of whose appends can be doomed.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    Append, Claim, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest, StoredFrame,
    Summary,
};
use greenflow_core::testkit::Fate;
use greenflow_core::value::RolloutId;
use greenflow_journal::SqliteJournal;
use tokio::time::timeout;

use super::fixture::connect;

/// A journal one of whose appends can be doomed.
#[derive(Debug)]
pub(crate) struct Doomable {
    inner: SqliteJournal,
    fate: Mutex<Option<Fate>>,
}

impl Doomable {
    pub(crate) fn new(inner: SqliteJournal) -> Self {
        Self { inner, fate: Mutex::default() }
    }

    pub(crate) fn doom(&self, fate: Fate) {
        *self.fate.lock().unwrap() = Some(fate);
    }
}

#[async_trait]
impl Journal for Doomable {
    async fn append(&self, request: Append) -> Result<(), JournalError> {
        let fate = self.fate.lock().unwrap().take();
        let lost = JournalError::Unavailable { reason: "the answer is lost".into(), source: None };
        let path = self.inner.path();
        let lock = || {
            let connection = connect(&path);
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            connection
        };
        match fate {
            None => self.inner.append(request).await,
            // Another process has the lock for longer than the writer waits for it.
            Some(Fate::Refused) => {
                let lock = lock();
                let answer = self.inner.append(request).await;
                drop(lock);
                assert!(matches!(answer, Err(JournalError::Unavailable { .. })), "{answer:?}");
                answer
            }
            Some(Fate::LostApplied) => self.inner.append(request).await.and(Err(lost)),
            // The caller goes away while the writer waits: it is written late.
            Some(Fate::LostNotApplied | Fate::Late) => {
                let lock = lock();
                let soon = Duration::from_millis(100);
                let answer = timeout(soon, self.inner.append(request)).await;
                drop(lock);
                assert!(answer.is_err(), "{answer:?}");
                Err(lost)
            }
        }
    }

    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        self.inner.create(request).await
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        self.inner.read(rollout, after, limit).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        self.inner.claim(request).await
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        self.inner.renew(token, ttl).await
    }

    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
        self.inner.release(token, rest).await
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        self.inner.list(filter).await
    }
}
