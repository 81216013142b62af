//! When a run is over, and how.

use std::time::Duration;

use super::error::LeaseLoss;
use super::pilot::Pilot;
use super::run_loop::{Done, Run};
use super::{CommandError, EngineError};
use crate::machine::Ended;

/// When a run is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// When the rollout has ended, or waits for people.
    End,
    /// When it does not lock its service any more.
    ServiceFree,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(super) enum Finish {
    /// The rollout has ended, or waits for people.
    Ended(Ended),
    /// Somebody asked for it.
    HandedOver,
    /// The service is free.
    ServiceFree,
    /// The rollout waits, for so long.
    Parked(Option<Duration>),
}

/// What a run has at its end.
pub(super) enum Holds {
    /// The lease, to be given back.
    Lease,
    /// Nothing: it was parked.
    Nothing,
}

impl<M: Pilot> Run<M> {
    /// Returns how the run ended, if it did: with all facts durable, and with a little time for
    /// the last notices, which nothing else ever waits for. Only one that is stuck waits for them
    /// to the end of their tries: until people know of it, nobody else takes it up.
    pub(super) fn finish(&mut self) -> Option<Finish> {
        if !self.journaling.is_at_rest() || !self.outbox.is_empty() || !self.backlog.is_empty() {
            return None;
        }
        if self.goal == Goal::ServiceFree && !self.machine.standing().locks_service {
            return Some(Finish::ServiceFree);
        }
        if !self.is_over() {
            self.finished_since = None;
            return None;
        }
        let outcome = self.machine.outcome()?;
        let now = self.monotonic();
        let since = *self.finished_since.get_or_insert(now);
        let is_late = outcome != Ended::Stuck && now.saturating_sub(since) >= LINGER;
        (self.notices.is_empty() || is_late).then_some(Finish::Ended(outcome))
    }

    /// Returns whether the machine has nothing left to do. One that is stuck waits for people in
    /// memory only where somebody resumed it for that.
    fn is_over(&self) -> bool {
        let stuck = self.machine.outcome() == Some(Ended::Stuck);
        self.wait.finished || (stuck && self.engine.leaves_parked && !self.inbox.has_kept())
    }

    /// Lets those know who speak too late.
    pub(super) fn say_goodbye(&mut self, finish: &Finish) {
        let waits = match finish {
            Finish::Parked(_) => true,
            Finish::Ended(Ended::Stuck) => self.engine.leaves_parked,
            Finish::Ended(Ended::Completed | Ended::RolledBack | Ended::Refused) => {
                self.inbox.close(&CommandError::Ended);
                false
            }
            Finish::HandedOver | Finish::ServiceFree => false,
        };
        if waits {
            self.hub.show_parked();
            self.inbox.close(&CommandError::Parked);
        }
    }

    /// Goes on with the pages and alerts of a rollout that has ended and that nobody will take up
    /// again, without its lease and without a record, until each was taken or given up.
    ///
    /// # Cancel safety
    /// Dropping this future loses them.
    pub(super) async fn send_the_rest(&mut self) {
        while self.notices.has_urgent() && !self.effects.is_empty() {
            match self.effects.next().await {
                Done::Notice(tried) => drop(self.notice_over(tried)),
                Done::NoticePause(notice, attempt) => self.notice_again(notice, attempt),
                // The lease is over; whatever else ends now counts no more.
                Done::Write(..) | Done::Read(_) | Done::NoticeDropped(..) => {}
            }
        }
    }

    /// Says why the run ends when the lease does.
    pub(super) fn lost(&mut self, loss: LeaseLoss) -> EngineError {
        let rollout = self.rollout.clone();
        let unsaved = self.outbox.unsaved();
        if unsaved > 0 && matches!(loss, LeaseLoss::RanOut { .. }) {
            return EngineError::JournalUnavailable {
                rollout,
                unsaved,
                source: self.journaling.take_error(),
            };
        }
        EngineError::LeaseLost { rollout, loss }
    }
}

/// How long the last notices may take after the end of a rollout.
pub(super) const LINGER: Duration = Duration::from_secs(60);
