//! A journal in memory.

use std::fmt;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::fact::frame::Chain;
use greenflow_core::provider::{
    Append, Claim, Clock, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    SharedJournal, StoredFrame, Summary,
};
use greenflow_core::value::RolloutId;

use super::damage::Damage;
use super::event::{StoreAct, StoreEvent};
use super::faults::travel;
use super::store::{OnTheWay, Store};
use crate::faults::{Fault, FaultKind, SharedFaults};
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

    /// Changes what is stored of a rollout, as a bad disk or another release does (F52, F53,
    /// F57). It is damage if facts are missing afterwards, or cannot be read.
    pub fn tamper(&self, rollout: &RolloutId, with: impl FnOnce(&mut Vec<StoredFrame>)) {
        let now = self.clock.monotonic();
        let mut store = self.lock();
        if let Some(row) = store.rows.get_mut(rollout) {
            let before = row.frames.len();
            with(&mut row.frames);
            let readable = Chain::of(rollout).read_all(&row.frames).is_ok();
            if !readable || row.frames.len() < before {
                row.damaged = true;
                store.note_of(now, rollout, StoreAct::Damaged);
            }
        }
    }

    /// Returns whether what is stored of a rollout was [damaged](Self::tamper).
    #[must_use]
    pub fn is_damaged(&self, rollout: &RolloutId) -> bool {
        self.lock().rows.get(rollout).is_some_and(|row| row.damaged)
    }

    /// Returns whether a rollout keeps its service locked.
    pub(crate) fn locks(&self, rollout: &RolloutId) -> bool {
        self.lock().rows.get(rollout).is_some_and(super::store::Row::locks)
    }

    /// Takes the next append of a rollout and neither stores nor answers it. Whoever asks for this
    /// kills the controller that waits for the answer, and then says what became of the facts.
    pub(crate) async fn hold_next_append(&self, rollout: &RolloutId) {
        self.lock().on_the_way = Some(OnTheWay::new(rollout.clone()));
        poll_fn(|cx| {
            let mut store = self.lock();
            match &mut store.on_the_way {
                Some(held) if held.request.is_none() => {
                    held.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
                Some(_) | None => Poll::Ready(()),
            }
        })
        .await;
    }

    /// Lets the next append come through again, if none was held.
    pub(crate) fn hold_no_append(&self) {
        self.lock().on_the_way = None;
    }

    /// Says what the crash of a controller leaves of its rollout.
    pub(crate) fn crash(&self, rollout: &RolloutId, damage: Damage) {
        let now = self.clock.monotonic();
        let held = self.lock().on_the_way.take().and_then(|held| held.request);
        if damage.of_an_append() {
            let Some(request) = held.filter(|_| damage.keeps_some()) else { return };
            let stored = self.lock().append(now, request);
            if stored.is_err() {
                return;
            }
        }
        self.tamper(rollout, |frames| damage.put(frames));
    }

    /// Keeps an append that is not to be answered; returns whether it did.
    fn keeps_unanswered(&self, request: &Append) -> bool {
        let mut store = self.lock();
        let wanted =
            |held: &&mut OnTheWay| held.request.is_none() && held.rollout == request.token.rollout;
        let Some(held) = store.on_the_way.as_mut().filter(wanted) else { return false };
        held.request = Some(request.clone());
        if let Some(waker) = held.waker.take() {
            waker.wake();
        }
        true
    }

    /// Notes from now on what is done, for [`events_after`](Self::events_after).
    pub fn watch(&self) {
        self.lock().log.get_or_insert_default();
    }

    /// Returns what was done after the first `after` things, since somebody watches.
    #[must_use]
    pub fn events_after(&self, after: usize) -> Vec<StoreEvent> {
        let store = self.lock();
        let events = store.log.as_ref().and_then(|log| log.get(after..));
        events.map(<[StoreEvent]>::to_vec).unwrap_or_default()
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
        self.carry_through(self.strike(operation), act).await
    }

    /// Carries one through this fault.
    async fn carry_through<T: Send>(
        &self,
        fault: Option<FaultKind>,
        act: impl FnOnce(&mut Store, Duration) -> Result<T, JournalError> + Send,
    ) -> Result<T, JournalError> {
        let act = || act(&mut self.lock(), self.clock.monotonic());
        match fault {
            None => act(),
            Some(fault) => travel(self.clock.as_ref(), fault, act).await,
        }
    }

    /// Returns what goes wrong with an operation that begins now.
    fn strike(&self, operation: Operation) -> Option<FaultKind> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.strike(operation, self.clock.monotonic())
    }

    /// Returns the store, with everything that has arrived by now.
    fn lock(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if !store.late.is_empty() {
            store.take_late(self.clock.monotonic());
        }
        store
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        self.carry(Operation::JournalCreate, |store, now| store.create(now, request)).await
    }

    async fn append(&self, request: Append) -> Result<(), JournalError> {
        if self.keeps_unanswered(&request) {
            return pending().await;
        }
        // Whoever is on the way back may use the room that is kept for it.
        let urgent = request.urgent;
        let spares = |fault: &FaultKind| urgent && *fault == FaultKind::NearlyFull;
        let fault = self.strike(Operation::JournalAppend).filter(|fault| !spares(fault));
        if let Some(FaultKind::TimeoutLate { after }) = fault {
            let arrives = self.clock.monotonic().saturating_add(after);
            self.lock().late.push((arrives, request));
            return pending().await;
        }
        let (token, frames) = (request.token.clone(), request.frames.len() as u64);
        let head = request.expected_head + frames;
        let act = |store: &mut Store, now| store.append(now, request);
        let answer = self.carry_through(fault, act).await;
        if matches!(answer, Err(JournalError::Unavailable { .. })) {
            let now = self.clock.monotonic();
            let mut store = self.lock();
            let stored = store.rows.get(&token.rollout).is_some_and(|row| row.head() == head);
            store.note(now, &token, StoreAct::Failed { stored });
        }
        answer
    }

    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        let read = |store: &mut Store, now| {
            let frames = store.read(rollout, after, limit);
            store.note_of(now, rollout, StoreAct::Read);
            frames
        };
        self.carry(Operation::JournalRead, read).await
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        self.carry(Operation::JournalClaim, |store, now| store.claim(now, request)).await
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        self.carry(Operation::JournalRenew, |store, now| store.renew(now, token, ttl)).await
    }

    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
        self.carry(Operation::JournalRelease, |store, now| store.release(now, token, rest)).await
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
