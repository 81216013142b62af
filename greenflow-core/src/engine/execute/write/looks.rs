//! Looking whether the world is as a write wants it.

use std::time::Duration;

use super::Writing;
use crate::engine::LeaseLoss;
use crate::engine::execute::classify::no_answer;
use crate::engine::execute::read_back::read_back;
use crate::engine::time::within;
use crate::fact::{OutcomeClass, Write};

/// What one look at the world showed.
pub(super) enum Look {
    Seen,
    NotSeen,
    Failed,
}

impl Writing<'_> {
    /// Looks before anything is sent: an earlier controller may have sent it. `None` when it has
    /// to be sent (again).
    ///
    /// A raise that is not seen is never sent again: the world it was decided for is gone. The cut
    /// does not need a reading.
    pub(super) async fn look_first(&mut self) -> Result<Option<OutcomeClass>, LeaseLoss> {
        if self.order.needs_answer {
            return Ok(None);
        }
        let is_raise = matches!(self.order.write, Write::Raise { .. });
        loop {
            match self.look().await? {
                Look::Seen => {
                    mark!(ResumedAndApplied);
                    return Ok(Some(OutcomeClass::Applied));
                }
                Look::NotSeen if is_raise => {
                    mark!(ResumedRaiseNotSeen);
                    return Ok(Some(self.given_up()));
                }
                Look::NotSeen => return Ok(None),
                Look::Failed if self.is_cut() => return Ok(None),
                Look::Failed if !self.may_go_on() => return Ok(Some(self.given_up())),
                Look::Failed => {
                    let pause = self.backoff.next_pause();
                    self.pause(pause).await;
                }
            }
        }
    }

    /// Looks with growing pauses until an accepted write is seen, or has had its time.
    pub(super) async fn wait_until_seen(&mut self) -> Result<bool, LeaseLoss> {
        let (longest, settle) =
            if self.is_cut() { (CUT_LOOK_PAUSE, CUT_SETTLE) } else { (LOOK_PAUSE, SETTLE) };
        let end = self.calls.clock().monotonic().saturating_add(settle);
        let mut pause = FIRST_LOOK_PAUSE;
        loop {
            let last = !self.may_go_on() || self.calls.clock().monotonic() >= end;
            if matches!(self.look().await?, Look::Seen) {
                return Ok(true);
            }
            if last {
                return Ok(false);
            }
            self.pause(pause).await;
            pause = pause.saturating_mul(2).min(longest);
        }
    }

    /// Looks until the world can be read, a few times at most.
    pub(super) async fn look_again(&mut self) -> Result<bool, LeaseLoss> {
        let mut pause = FIRST_LOOK_PAUSE;
        for _ in 1..LOOKS {
            match self.look().await? {
                Look::Seen => return Ok(true),
                Look::NotSeen => return Ok(false),
                Look::Failed => self.pause(pause).await,
            }
            pause = pause.saturating_mul(2);
        }
        Ok(matches!(self.look().await?, Look::Seen))
    }

    /// Looks once whether the world is as the write wants it.
    pub(super) async fn look(&mut self) -> Result<Look, LeaseLoss> {
        let calls = self.calls;
        let slot = self.slot().await;
        calls.lease().remaining()?;
        let timing = calls.timing();
        let urgent = self.is_cut() || self.stop.is_asked();
        let limit = if urgent { timing.rollback_read } else { timing.forward_read };
        let cx = calls.read_context(limit).for_effect(self.order.id);
        let answer = within(calls.clock(), limit, read_back(calls, &cx, &self.order.write)).await;
        drop(slot);
        let record = match answer {
            Some(Ok(None)) => return Ok(Look::NotSeen),
            Some(Ok(Some(seen))) => {
                self.account.evidence.fill_in(seen);
                return Ok(Look::Seen);
            }
            Some(Err(error)) => error.to_record(),
            None => no_answer("read back", limit),
        };
        calls.tell_failure(Some(self.order.id), self.account.attempts, record, None);
        Ok(Look::Failed)
    }
}

/// How often a write that went unanswered is looked for before it is repeated.
const LOOKS: u32 = 3;
const FIRST_LOOK_PAUSE: Duration = Duration::from_millis(250);
const LOOK_PAUSE: Duration = Duration::from_secs(5);
const CUT_LOOK_PAUSE: Duration = Duration::from_secs(2);
/// How long an accepted write may take to be seen before it is repeated.
const SETTLE: Duration = Duration::from_secs(30);
/// The same for the cut: repeating it can only help.
const CUT_SETTLE: Duration = Duration::from_secs(10);
