//! What every executor of a rollout shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, broadcast};

use super::Budget;
use crate::engine::handle::emit;
use crate::engine::lease::Holding;
use crate::engine::time::RolloutTime;
use crate::engine::{Event, EventKind};
use crate::fact::Write;
use crate::plan::Timing;
use crate::provider::{CallContext, Clock, FailureRecord, FenceToken, Providers};
use crate::value::{EffectId, Revision, RolloutId};

/// What every executor of a rollout shares, under one lease.
#[derive(Debug)]
pub(in crate::engine) struct Calls {
    parts: CallsParts,
    slots: Semaphore,
    suites: Semaphore,
    forward: AtomicBool,
}

/// What [`Calls`] is made of.
#[derive(Debug)]
pub(in crate::engine) struct CallsParts {
    pub(in crate::engine) rollout: RolloutId,
    pub(in crate::engine) providers: Providers,
    pub(in crate::engine) clock: Arc<dyn Clock>,
    pub(in crate::engine) time: RolloutTime,
    pub(in crate::engine) lease: Arc<Holding>,
    pub(in crate::engine) timing: Timing,
    pub(in crate::engine) green: Revision,
    pub(in crate::engine) events: broadcast::Sender<Event>,
    pub(in crate::engine) budget: Arc<Budget>,
}

impl Calls {
    pub(in crate::engine) fn new(parts: CallsParts) -> Self {
        Self {
            parts,
            slots: Semaphore::new(SLOTS),
            suites: Semaphore::new(1),
            forward: AtomicBool::new(true),
        }
    }

    pub(super) const fn providers(&self) -> &Providers {
        &self.parts.providers
    }

    pub(super) const fn green(&self) -> &Revision {
        &self.parts.green
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.parts.clock.as_ref()
    }

    pub(super) const fn time(&self) -> &RolloutTime {
        &self.parts.time
    }

    pub(super) fn lease(&self) -> &Holding {
        &self.parts.lease
    }

    pub(super) const fn timing(&self) -> &Timing {
        &self.parts.timing
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.parts.budget
    }

    pub(super) const fn rollout(&self) -> &RolloutId {
        &self.parts.rollout
    }

    /// Waits for one of the places for calls. There are two, and the cut needs none, so that at
    /// most three calls of a rollout are ever under way.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }

    /// Waits until no other check runs: they are long, and must not use up all places.
    pub(super) async fn suite(&self) -> Option<SemaphorePermit<'_>> {
        self.suites.acquire().await.ok()
    }

    /// Lets writes other than the cut leave, or keeps them.
    pub(in crate::engine) fn allow_forward(&self, allowed: bool) {
        self.forward.store(allowed, Ordering::Release);
    }

    /// Returns whether this write may leave now: the cut always, the rest while the journal can
    /// be written.
    pub(super) fn may_leave(&self, write: &Write) -> bool {
        write.is_cut() || self.forward.load(Ordering::Acquire)
    }

    /// Makes the context of one attempt of a write.
    pub(super) fn write_context(&self, id: EffectId, attempt: u32, limit: Duration) -> CallContext {
        self.context(id.sequence(), limit).for_effect(id).attempt(attempt)
    }

    /// Makes the context of a read.
    pub(super) fn read_context(&self, limit: Duration) -> CallContext {
        self.context(0, limit)
    }

    fn context(&self, sequence: u64, limit: Duration) -> CallContext {
        let fence = FenceToken { epoch: self.lease().token().epoch, sequence };
        CallContext::new(self.parts.rollout.clone(), fence, limit)
    }

    /// Returns the deadline of one call of this write.
    pub(super) fn write_deadline(&self, write: &Write) -> Duration {
        let timing = self.timing();
        let wanted = if write.is_cut() { timing.rollback_write } else { timing.forward_write };
        wanted.min(self.lease().times().longest_call())
    }

    /// Tells that a call failed.
    pub(super) fn tell_failure(
        &self,
        effect: Option<EffectId>,
        attempt: u32,
        failure: FailureRecord,
        next_try: Option<Duration>,
    ) {
        let kind = EventKind::CallFailed { effect, attempt, failure, next_try };
        emit(&self.parts.events, self.parts.time.now(), kind);
    }
}

/// Places for calls other than the cut's.
const SLOTS: usize = 2;
