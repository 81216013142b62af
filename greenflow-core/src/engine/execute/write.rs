//! Carrying out a write: attempts, read-backs, retries, and one outcome.

mod looks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;

use self::looks::Look;
use super::classify::{Answer, Evidence, Failure, classify, no_answer};
use super::send::send;
use super::{Backoff, Calls, Stop};
use crate::engine::LeaseLoss;
use crate::engine::time::{until, within};
use crate::fact::{Outcome, OutcomeClass, Write};
use crate::machine::WriteOrder;
use crate::provider::{ErrorKind, FailureRecord};
use crate::value::Timestamp;

/// Carries out a write until it is read back, certainly did not happen, or may be
/// given up.
///
/// # Errors
/// How the lease was lost, if it was: nothing more is sent then, and there is no outcome.
///
/// # Cancel safety
/// Dropping this future equals a crash: a call under way may still take effect.
pub(in crate::engine) async fn write(
    calls: Arc<Calls>,
    order: WriteOrder,
    stop: Stop,
) -> Result<Outcome, LeaseLoss> {
    Writing::new(&calls, order, stop).run().await
}

#[derive(Debug)]
struct Writing<'a> {
    calls: &'a Calls,
    order: WriteOrder,
    stop: Stop,
    until: Option<Duration>,
    backoff: Backoff,
    account: Account,
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Account {
    attempts: u32,
    last_sent_at: Option<Timestamp>,
    unsettled: bool,
    failure: Option<FailureRecord>,
    evidence: Evidence,
}

/// What became of one attempt.
enum Followed {
    Seen,
    NotSeen(Failure),
}

impl<'a> Writing<'a> {
    fn new(calls: &'a Calls, order: WriteOrder, stop: Stop) -> Self {
        let timing = calls.timing();
        let (first, cap) = if order.write.is_cut() {
            (CUT_FIRST_PAUSE, timing.rollback_backoff)
        } else {
            (FIRST_PAUSE, timing.forward_backoff)
        };
        // The cut is never given up for having taken long.
        let patience = order.patience.filter(|_| !order.write.is_cut());
        let until = patience.map(|patience| calls.clock().monotonic().saturating_add(patience));
        let backoff = Backoff::new(calls.rollout(), order.id, first, cap);
        let backoff = if order.write.is_cut() { backoff } else { backoff.patient() };
        // What an earlier controller sent, and how that ended, nobody knows; and of what was there
        // before it was sent, nobody will know when it lands.
        let unsettled = order.resumed || order.shown;
        let account = Account { unsettled, ..Account::default() };
        Self { calls, order, stop, until, backoff, account }
    }

    async fn run(mut self) -> Result<Outcome, LeaseLoss> {
        if self.order.resumed
            && let Some(class) = self.look_first().await?
        {
            return Ok(self.ended(class));
        }
        while let Some(answer) = self.attempt().await? {
            match self.follow_up(answer).await? {
                Followed::Seen => return Ok(self.ended(OutcomeClass::Applied)),
                Followed::NotSeen(failure) => {
                    if !self.pause_before_retry(failure).await {
                        break;
                    }
                }
            }
        }
        let class = self.given_up();
        Ok(self.ended(class))
    }

    /// Sends once, as soon as it may; `None` when it is to be given up instead.
    async fn attempt(&mut self) -> Result<Option<Answer>, LeaseLoss> {
        let calls = self.calls;
        let limit = calls.write_deadline(&self.order.write);
        while self.may_go_on() {
            if !calls.may_leave(&self.order.write) {
                mark!(KeptBack);
                self.pause(KEPT_PAUSE).await;
                continue;
            }
            match self.may_be_removed().await? {
                Some(true) => {}
                Some(false) => return Ok(None),
                None => {
                    let pause = self.backoff.next_pause();
                    self.pause(pause).await;
                    continue;
                }
            }
            let looked = calls.clock().monotonic();
            let slot = self.slot().await;
            let limit = tokio::select! { biased;
                () = self.stop.asked() => continue,
                () = until(calls.clock(), self.until) => continue,
                granted = calls.lease().ensure(limit) => granted?,
            };
            let waited = calls.clock().monotonic().saturating_sub(looked);
            let is_removal = matches!(self.order.write, Write::Remove { .. });
            let stale = is_removal && waited > calls.timing().fresh;
            if stale || !calls.may_leave(&self.order.write) {
                continue;
            }
            // Between the look at the lease and the send nothing is awaited (S30).
            self.account.attempts = self.account.attempts.saturating_add(1);
            self.account.last_sent_at = Some(calls.time().now().at);
            let cx = calls.write_context(self.order.id, self.account.attempts, limit);
            tracing::debug!(effect = %self.order.id, write = self.order.write.name(),
                attempt = cx.attempt, "sending");
            let call = send(calls, &cx, &self.order.write);
            let answer = within(calls.clock(), limit, call).await;
            drop(slot);
            return Ok(Some(classify(answer, self.order.write.name(), limit)));
        }
        Ok(None)
    }

    /// Looks whether a side still gets no traffic before its removal is sent: what it was decided on
    /// may be half an hour old by now. `None` when that cannot be read.
    async fn may_be_removed(&mut self) -> Result<Option<bool>, LeaseLoss> {
        let Write::Remove { side, .. } = self.order.write else { return Ok(Some(true)) };
        let calls = self.calls;
        let slot = self.slot().await;
        calls.lease().remaining()?;
        let limit = calls.timing().forward_read;
        let cx = calls.read_context(limit).for_effect(self.order.id);
        let read = calls.providers().load_balancer.read_split(&cx);
        let answer = within(calls.clock(), limit, read).await;
        drop(slot);
        let record = match answer {
            Some(Ok(split)) if !split.may_reach(side) => return Ok(Some(true)),
            Some(Ok(split)) => {
                self.account.failure = Some(FailureRecord {
                    kind: ErrorKind::Conflict,
                    operation: self.order.write.name().to_owned(),
                    message: format!("{side} may get traffic again: the balancer shows {split}"),
                });
                return Ok(Some(false));
            }
            Some(Err(error)) => error.to_record(),
            None => no_answer("read split", limit),
        };
        calls.tell_failure(Some(self.order.id), self.account.attempts, record, None);
        Ok(None)
    }

    /// Finds out what became of an attempt.
    async fn follow_up(&mut self, answer: Answer) -> Result<Followed, LeaseLoss> {
        let failure = match answer {
            Answer::Accepted(evidence) => {
                self.account.evidence = evidence;
                if self.wait_until_seen().await? {
                    return Ok(Followed::Seen);
                }
                mark!(AcceptedNotSeen);
                self.account.unsettled = true;
                self.not_visible()
            }
            Answer::Refused(failure) => {
                // An earlier attempt may have landed, and be the very reason for the refusal.
                if self.account.unsettled
                    && !self.order.needs_answer
                    && matches!(self.look().await?, Look::Seen)
                {
                    mark!(RefusedYetApplied);
                    return Ok(Followed::Seen);
                }
                failure
            }
            Answer::Unknown(failure) => {
                if !self.order.needs_answer && self.look_again().await? {
                    mark!(NoAnswerYetApplied);
                    return Ok(Followed::Seen);
                }
                mark!(NoAnswerNotSeen);
                if self.order.needs_answer {
                    mark!(AnswerNeeded);
                }
                self.account.unsettled = true;
                failure
            }
        };
        self.account.failure = Some(failure.record.clone());
        Ok(Followed::NotSeen(failure))
    }

    /// Pauses until the next attempt; false when there shall be none.
    async fn pause_before_retry(&mut self, failure: Failure) -> bool {
        let calls = self.calls;
        let attempt = self.account.attempts;
        if !failure.retryable && !self.is_cut() {
            mark!(GaveUpForGood);
            calls.tell_failure(Some(self.order.id), attempt, failure.record, None);
            return false;
        }
        let now = calls.clock().monotonic();
        let asked_for = failure.pause.unwrap_or_default();
        let own = self.backoff.next_pause();
        let pause = if self.is_cut() {
            asked_for.min(calls.timing().rollback_backoff).max(own)
        } else {
            let granted = calls.budget().take(now).saturating_sub(now);
            asked_for.min(ASKED_FOR_MAX).max(own).max(granted)
        };
        calls.tell_failure(Some(self.order.id), attempt, failure.record, Some(pause));
        self.pause(pause).await;
        true
    }

    /// Pauses, but not beyond the moment at which the write is to be given up.
    async fn pause(&mut self, pause: Duration) {
        let clock = self.calls.clock();
        let end = clock.monotonic().saturating_add(pause);
        let end = self.until.map_or(end, |until| end.min(until));
        tokio::select! { biased;
            () = self.stop.asked() => {}
            () = clock.sleep_until(end) => {}
        }
    }

    /// Waits for a place for a call; the cut, and whoever was told to stop, need none.
    async fn slot(&mut self) -> Option<SemaphorePermit<'a>> {
        if self.is_cut() {
            return None;
        }
        tokio::select! { biased;
            () = self.stop.asked() => None,
            slot = self.calls.slot() => slot,
        }
    }

    fn may_go_on(&mut self) -> bool {
        let now = self.calls.clock().monotonic();
        !self.stop.is_asked() && self.until.is_none_or(|until| now < until)
    }

    const fn is_cut(&self) -> bool {
        self.order.write.is_cut()
    }

    fn not_visible(&self) -> Failure {
        let record = FailureRecord {
            kind: ErrorKind::Unexpected,
            operation: self.order.write.name().to_owned(),
            message: "it was accepted, but cannot be seen".to_owned(),
        };
        Failure { record, retryable: true, pause: None }
    }

    const fn given_up(&self) -> OutcomeClass {
        if self.account.unsettled { OutcomeClass::Ambiguous } else { OutcomeClass::NotApplied }
    }

    fn ended(self, class: OutcomeClass) -> Outcome {
        let Account { attempts, last_sent_at, unsettled, failure, evidence } = self.account;
        Outcome {
            id: self.order.id,
            class,
            attempts,
            last_sent_at,
            may_land_late: unsettled,
            resources: evidence.resources,
            report: evidence.report,
            failure,
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const CUT_FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How often a write that is kept back looks whether it may leave.
const KEPT_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause that a provider may ask for.
const ASKED_FOR_MAX: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
