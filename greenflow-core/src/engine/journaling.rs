//! Where a run stands with its journal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::execute::Backoff;
use super::pilot::Pilot;
use super::run_loop::Run;
use super::saving::{Saved, save};
use super::{CommandError, EngineError, EventKind};
use crate::machine::Input;
use crate::provider::{Append, JournalError};
use crate::value::{EffectId, RolloutId};

/// Where a run stands with its journal.
pub(super) struct Journaling {
    /// How many facts are durable.
    head: u64,
    saving: Option<BoxFuture<'static, Saved>>,
    away: Option<Away>,
    backoff: Backoff,
    /// Commands that are answered when the facts they made are durable.
    replies: Vec<oneshot::Sender<Result<(), CommandError>>>,
}

struct Away {
    retry_at: Duration,
    error: JournalError,
}

impl Journaling {
    pub(super) fn new(rollout: &RolloutId, head: u64) -> Self {
        let backoff = Backoff::new(rollout, EffectId::default(), PAUSE, PAUSE_MAX);
        Self { head, saving: None, away: None, backoff, replies: Vec::new() }
    }

    /// Goes on from another number of facts, as after another controller wrote some.
    pub(super) const fn set_head(&mut self, head: u64) {
        self.head = head;
    }

    /// Returns whether the journal is away.
    pub(super) const fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// Returns whether nothing is being saved and nothing waits to be.
    pub(super) const fn is_at_rest(&self) -> bool {
        self.saving.is_none() && self.away.is_none()
    }

    /// Returns whether the machine may be told things: not while its facts are being saved,
    /// unless the journal is away, for then a person or a breach must get through at once.
    pub(super) const fn may_tell_machine(&self) -> bool {
        self.saving.is_none() || self.away.is_some()
    }

    /// Returns when to try again, while the journal is away.
    pub(super) fn retry_at(&self) -> Option<Duration> {
        self.away.as_ref().filter(|_| self.saving.is_none()).map(|away| away.retry_at)
    }

    /// Waits for the end of the append under way; for ever when there is none.
    ///
    /// # Cancel safety
    /// Dropping this future leaves the append under way.
    pub(super) async fn saved(&mut self) -> Saved {
        let Some(saving) = &mut self.saving else { return std::future::pending().await };
        let saved = saving.await;
        self.saving = None;
        saved
    }

    /// Returns whether an append is under way.
    pub(super) const fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Takes out what the journal said last.
    pub(super) fn take_error(&mut self) -> Option<JournalError> {
        self.away.take().map(|away| away.error)
    }

    /// Answers a command when all facts so far are durable.
    pub(super) fn answer_when_durable(
        &mut self,
        reply: oneshot::Sender<Result<(), CommandError>>,
        unsaved: usize,
    ) {
        if unsaved == 0 {
            // The speaker may have gone; the command counts all the same.
            drop(reply.send(Ok(())));
        } else {
            self.replies.push(reply);
        }
    }
}

impl<M: Pilot> Run<M> {
    /// Begins to save what is not durable, in one append.
    pub(super) fn begin_saving(&mut self) -> Result<(), EngineError> {
        if self.outbox.unsaved() > UNSAVED_MAX {
            return Err(EngineError::JournalUnavailable {
                rollout: self.rollout.clone(),
                unsaved: self.outbox.unsaved(),
                source: self.journaling.take_error(),
            });
        }
        let now = self.monotonic();
        let journaling = &mut self.journaling;
        let is_early = journaling.away.as_ref().is_some_and(|away| now < away.retry_at);
        if journaling.saving.is_some() || self.outbox.unsaved() == 0 || is_early {
            return Ok(());
        }
        let request = Append {
            token: self.tenure.lease.token().clone(),
            expected_head: journaling.head,
            frames: self.outbox.frames(),
            standing: self.machine.standing(),
            urgent: self.machine.goes_back(),
        };
        let journal = Arc::clone(&self.engine.journal);
        let clock = Arc::clone(&self.engine.clock);
        journaling.saving = Some(save(journal, clock, request).boxed());
        Ok(())
    }

    /// Takes the end of an append.
    pub(super) fn saved(&mut self, saved: Saved) -> Result<(), EngineError> {
        match saved {
            Saved::Landed(count) => self.landed(count),
            Saved::Deposed(loss) => {
                Err(EngineError::LeaseLost { rollout: self.rollout.clone(), loss })
            }
            Saved::Damaged(error) => Err(error.into()),
            Saved::Away(error) => self.went_away(error),
        }
    }

    /// Notes facts as durable, and tells of them.
    pub(super) fn note_saved(&mut self, count: usize) {
        self.journaling.head = self.journaling.head.saturating_add(count as u64);
        for entry in self.outbox.saved(count) {
            self.hub.emit(self.now(), EventKind::Recorded(entry));
        }
    }

    fn landed(&mut self, count: usize) -> Result<(), EngineError> {
        self.note_saved(count);
        if self.outbox.unsaved() > 0 {
            return Ok(());
        }
        for reply in self.journaling.replies.drain(..) {
            drop(reply.send(Ok(())));
        }
        self.journaling.backoff.reset();
        if self.journaling.away.take().is_none() {
            return Ok(());
        }
        self.hub.emit(self.now(), EventKind::JournalBack);
        self.set_gate();
        self.carry_out();
        self.feed(Input::JournalBack)
    }

    fn went_away(&mut self, error: JournalError) -> Result<(), EngineError> {
        let pause = self.journaling.backoff.next_pause();
        let retry_at = self.monotonic().saturating_add(pause);
        let reason = error.to_string();
        if self.journaling.away.replace(Away { retry_at, error }).is_some() {
            return Ok(());
        }
        self.hub.emit(self.now(), EventKind::JournalLost { reason });
        self.set_gate();
        self.feed(Input::JournalLost)
    }
}

/// How many facts may wait for a journal that is away.
const UNSAVED_MAX: usize = 1024;
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(2);
