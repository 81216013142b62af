//! The time under one lease: taking it up, giving it back, and the end of it.

use std::sync::Arc;
use std::time::Duration;

use super::claim::{Claimed, Folded, Patience, Pinned, claim, read_and_fold};
use super::ending::{Finish, Goal};
use super::execute::{Budget, Calls, CallsParts, send_page};
use super::handle::{Hub, Message};
use super::lease::{Asked, Holding};
use super::outbox::Outbox;
use super::pilot::Pilot;
use super::run_loop::{Done, Run};
use super::saving::Saved;
use super::time::{RolloutTime, within};
use super::under_way::UnderWay;
use super::{Engine, EngineError, EventKind, LeaseLoss};
use crate::machine::Input;
use crate::provider::{CallContext, FenceToken, JournalError, Lease, Rest};
use crate::value::RolloutId;

/// The time under one lease.
pub(super) struct Tenure {
    pub(super) lease: Arc<Holding>,
    pub(super) calls: Arc<Calls>,
    /// Renews the lease; ends when it is lost.
    pub(super) keeping: UnderWay<LeaseLoss>,
}

impl Tenure {
    pub(super) fn new(
        engine: &Engine,
        pinned: &Pinned,
        time: &RolloutTime,
        lease: Arc<Holding>,
        hub: &Hub,
        budget: &Arc<Budget>,
    ) -> Self {
        let calls = Calls::new(CallsParts {
            rollout: lease.token().rollout.clone(),
            providers: engine.providers.clone(),
            clock: Arc::clone(&engine.clock),
            time: time.clone(),
            lease: Arc::clone(&lease),
            timing: pinned.timing.clone(),
            green: pinned.green.clone(),
            events: hub.events(),
            budget: Arc::clone(budget),
        });
        let kept = Arc::clone(&lease);
        let mut keeping = UnderWay::new();
        keeping.push(async move { kept.keep().await });
        Self { lease, calls: Arc::new(calls), keeping }
    }
}

impl<M: Pilot> Run<M> {
    /// Returns whether the lease may be given back: nothing is under way, and nothing will be for
    /// long enough to make it worth while.
    pub(super) fn may_park(&self) -> bool {
        let worth = self.engine.times.renew.saturating_mul(2);
        let is_far = |at| self.time.moment(at) > self.monotonic().saturating_add(worth);
        self.wait.parked
            && self.wait.until.is_none_or(is_far)
            && !self.inbox.has_kept()
            && self.effects.is_empty()
            && self.backlog.is_empty()
            && self.outbox.is_empty()
            && self.notices.is_empty()
            && self.journaling.is_at_rest()
    }

    /// Gives the lease back, waits, and takes it up again; or says how the run ends instead.
    ///
    /// # Cancel safety
    /// Dropping this future equals a crash: the rollout waits in the journal.
    pub(super) async fn park(&mut self) -> Result<Option<Finish>, EngineError> {
        if self.leaves_parked() && self.inbox.gather() {
            return Ok(None);
        }
        let now = self.monotonic();
        // A longer absence would not count in full, whoever takes it up then.
        let latest = now.saturating_add(self.machine.idle_max().saturating_mul(3) / 4);
        let due = self.wait.until.map(|at| self.time.moment(at).min(latest));
        let due_in = due.map(|due| due.saturating_sub(now));
        let rest = Rest { due_in, reached: Some(self.now().at) };
        give_back(&self.engine, &self.tenure.lease, rest).await;
        self.hub.lease_released(self.now());
        if self.leaves_parked() {
            return Ok(Some(Finish::Parked(due_in)));
        }
        // Without a time of its own it looks now and then whether another controller went on.
        let wake = due.unwrap_or_else(|| now.saturating_add(LOOK_EVERY));
        tokio::select! { biased;
            Some(message) = self.inbox.next() => match message {
                Message::HandOver { .. } => return Ok(Some(Finish::HandedOver)),
                message @ Message::Command { .. } => self.inbox.put_back(message),
            },
            () = self.engine.clock.as_ref().sleep_until(wake) => {}
        }
        let patience = Patience::default();
        match claim(&self.engine, &self.rollout, &self.owner, &mut self.inbox, patience).await? {
            Claimed::HandOver => Ok(Some(Finish::HandedOver)),
            Claimed::Ours(lease, sent) => self.take_up(lease, sent).await.map(|()| None),
        }
    }

    /// Returns whether the run ends when the rollout parks.
    fn leaves_parked(&self) -> bool {
        self.engine.leaves_parked && self.goal == Goal::End
    }

    /// Acts on the rollout again. When the journal has grown meanwhile, another controller went
    /// on: all facts are read and folded anew.
    async fn take_up(&mut self, lease: Lease, sent: Asked) -> Result<(), EngineError> {
        let Lease { token, head, reached, idle } = lease;
        let epoch = token.epoch;
        let holding = self.engine.holding(token, sent);
        // Whatever fails from here on fails under this lease, and not under the one before.
        self.tenure.lease = Arc::clone(&holding);
        let moved = head != self.machine.head();
        if moved {
            mark!(JournalHadGrown);
            let (Folded { machine, pinned }, chain) =
                read_and_fold(&self.engine, &self.rollout, &holding, head, &self.fold).await?;
            let clock = Arc::clone(&self.engine.clock);
            let reached = reached.max(machine.last_at());
            self.time = RolloutTime::after_idle(clock, reached, idle, machine.idle_max());
            self.pinned = pinned;
            self.journaling.set_head(machine.head());
            self.outbox = Outbox::after(chain);
            self.machine = machine;
            self.shown = false;
        } else {
            self.time.at_least(reached);
        }
        self.tenure =
            Tenure::new(&self.engine, &self.pinned, &self.time, holding, &self.hub, &self.budget);
        self.set_gate();
        self.machine.set_epoch(epoch);
        self.hub.lease_taken(self.now(), epoch);
        if moved {
            let controller = self.engine.controller.clone();
            self.feed(Input::Began { controller })
        } else {
            self.feed(Input::Tick)
        }
    }

    /// Ends the run in good order: calls under way are finished, nothing new begins. What they
    /// came to is not recorded; the next controller reads it back. What takes longer than any call
    /// may is dropped, as in a crash.
    ///
    /// # Cancel safety
    /// Dropping this future equals a crash.
    pub(super) async fn hand_over(&mut self) -> Result<(), EngineError> {
        for stop in self.writing.values_mut().filter_map(Option::take) {
            stop.ask();
        }
        let clock = Arc::clone(&self.engine.clock);
        let latest = clock.monotonic().saturating_add(self.engine.times.longest_call());
        while !self.writing.is_empty() || self.journaling.is_saving() {
            tokio::select! { biased;
                loss = self.tenure.keeping.next() => return Err(self.lost(loss)),
                () = clock.sleep_until(latest) => return Ok(()),
                saved = self.journaling.saved() => {
                    if let Saved::Landed(count) = saved {
                        self.note_saved(count);
                    }
                }
                done = self.effects.next() => {
                    if let Done::Write(id, _) = done {
                        self.writing.remove(&id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns what to page about when the run ends in an error. Whoever lost the lease to another
    /// says nothing: it is the other one's rollout now.
    pub(super) fn last_occasion(&self, error: &EngineError) -> Option<&'static str> {
        Some(match error {
            EngineError::LeaseLost { loss, .. } => {
                self.hub.emit(self.now(), EventKind::LeaseLost(loss.clone()));
                match loss {
                    LeaseLoss::RanOut { .. } => "lease-ran-out",
                    LeaseLoss::Fenced { .. } | LeaseLoss::Conflict { .. } | LeaseLoss::Gone => {
                        return None;
                    }
                }
            }
            EngineError::JournalUnavailable { .. } => "journal-unavailable",
            EngineError::Journal(JournalError::Damaged(_))
            | EngineError::Unreadable { .. }
            | EngineError::Replay { .. } => self.first_time("journal-damaged")?,
            EngineError::JournalTooNew { .. } => self.first_time("journal-too-new")?,
            EngineError::Journal(_) => "journal-refused",
            EngineError::Machine(_) => self.first_time("machine-refused")?,
            EngineError::Plan(_) | EngineError::SupersedeRefused { .. } => return None,
        })
    }
}

impl<M: Pilot> Run<M> {
    /// Notes that this controller cannot drive the rollout; whoever takes it up and fails again
    /// does not page again.
    fn first_time(&self, occasion: &'static str) -> Option<&'static str> {
        self.engine.troubles.note(&self.rollout, self.monotonic()).then_some(occasion)
    }
}

/// Returns whether another controller has the rollout by now. If not, and if the store still counts
/// the lease as ours, it is given back: somebody may go on at once.
pub(super) async fn is_deposed(engine: &Engine, lease: &Holding) -> bool {
    let rest = Rest { due_in: Some(Duration::ZERO), reached: None };
    let call = engine.journal.release(lease.token(), rest);
    let answer = within(engine.clock.as_ref(), RELEASE_DEADLINE, call).await;
    matches!(answer, Some(Err(JournalError::Fenced { ours, current })) if current > ours)
}

/// Gives a lease back. When that fails it runs out by itself.
pub(super) async fn give_back(engine: &Engine, lease: &Holding, rest: Rest) {
    lease.end();
    let call = engine.journal.as_ref().release(lease.token(), rest);
    match within(engine.clock.as_ref(), RELEASE_DEADLINE, call).await {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::warn!(%error, "the lease was not given back"),
        None => tracing::warn!("the lease was not given back: no answer"),
    }
}

/// Pages once that a rollout is left alone, with the whole chain of reasons.
pub(super) async fn last_page(
    engine: &Engine,
    rollout: &RolloutId,
    epoch: u64,
    occasion: &str,
    error: &EngineError,
) {
    let mut text = format!("rollout {rollout} is not driven any more: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    tracing::error!(text, "run ended");
    let fence = FenceToken { epoch, sequence: 0 };
    let cx = CallContext::new(rollout.clone(), fence, PAGE_DEADLINE);
    send_page(engine.providers.notifier.as_ref(), engine.clock.as_ref(), &cx, occasion, text).await;
}

/// How often a rollout that waits for people only looks whether another controller went on.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
const RELEASE_DEADLINE: Duration = Duration::from_secs(3);
const PAGE_DEADLINE: Duration = Duration::from_secs(10);
