//! A journal in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    Append, Claim, Clock, Create, Journal, JournalError, Lease, LeaseToken, ListFilter,
    SharedJournal, StoredFrame, Summary,
};
use greenflow_core::value::RolloutId;

use super::faults::travel;
use super::store::Store;
use crate::faults::{Fault, SharedFaults};
use crate::provider::Operation;

/// A journal in memory: all of the contract, nothing that survives the process.
///
/// Clones share what is stored, so several controllers of one process can share it. Its time is
/// that of the clock it was made with.
#[derive(Clone)]
pub struct MemoryJournal {
    clock: Arc<dyn Clock>,
    store: Arc<Mutex<Store>>,
    faults: SharedFaults,
}

impl MemoryJournal {
    /// Makes an empty journal that keeps time by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_faults(clock, SharedFaults::default())
    }

    /// Makes one that the faults of a world strike.
    pub(crate) fn with_faults(clock: Arc<dyn Clock>, faults: SharedFaults) -> Self {
        Self { clock, store: Arc::new(Mutex::new(Store::default())), faults }
    }

    /// Adds a fault. One with a trigger begins only in a world, which knows of phases and weights:
    /// add it there.
    pub fn inject(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).add(fault, 0);
    }

    /// Changes what is stored of a rollout, as a bad disk does (F52 to F55, F57).
    pub fn tamper(&self, rollout: &RolloutId, with: impl FnOnce(&mut Vec<StoredFrame>)) {
        if let Some(row) = self.lock().rows.get_mut(rollout) {
            with(&mut row.frames);
        }
    }

    /// Returns everything that is stored of a rollout.
    #[must_use]
    pub fn frames(&self, rollout: &RolloutId) -> Vec<StoredFrame> {
        self.lock().rows.get(rollout).map(|row| row.frames.clone()).unwrap_or_default()
    }

    /// Returns what is stored of a rollout after the first `after` frames.
    #[must_use]
    pub fn frames_after(&self, rollout: &RolloutId, after: usize) -> Vec<StoredFrame> {
        let store = self.lock();
        let frames = store.rows.get(rollout).and_then(|row| row.frames.get(after..));
        frames.map(<[StoredFrame]>::to_vec).unwrap_or_default()
    }

    /// Carries an operation to the store and its answer back.
    async fn carry<T: Send>(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Store, Duration) -> Result<T, JournalError> + Send,
    ) -> Result<T, JournalError> {
        let now = self.clock.monotonic();
        let fault = {
            let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
            faults.strike(operation, now)
        };
        let act = || act(&mut self.lock(), self.clock.monotonic());
        match fault {
            None => act(),
            Some(fault) => travel(self.clock.as_ref(), fault, act).await,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        self.carry(Operation::JournalCreate, |store, now| store.create(now, request)).await
    }

    async fn append(&self, request: Append) -> Result<(), JournalError> {
        self.carry(Operation::JournalAppend, |store, now| store.append(now, request)).await
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        self.carry(Operation::JournalRead, |store, _| store.read(rollout, after, limit)).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        self.carry(Operation::JournalClaim, |store, now| store.claim(now, request)).await
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        self.carry(Operation::JournalRenew, |store, now| store.renew(now, token, ttl)).await
    }

    async fn release(
        &self,
        token: &LeaseToken,
        due_in: Option<Duration>,
    ) -> Result<(), JournalError> {
        self.carry(Operation::JournalRelease, |store, now| store.release(now, token, due_in)).await
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        self.carry(Operation::JournalList, |store, now| Ok(store.list(now, &filter))).await
    }
}

impl SharedJournal for MemoryJournal {}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rollouts: Vec<RolloutId> = self.lock().rows.keys().cloned().collect();
        f.debug_struct("MemoryJournal").field("rollouts", &rollouts).finish_non_exhaustive()
    }
}
