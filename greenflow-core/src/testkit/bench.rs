//! What every check needs: contexts, bounded calls, waiting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::fixture::{Fixture, NoStimulus, Stimulus};
use super::result::{Checked, Stop, ensure, fail, made, skip};
use super::wait::{poll_once, within};
use crate::provider::{Applied, CallContext, Clock, ErrorKind, FenceToken, ProviderError};
use crate::value::{EffectId, RolloutId, duration};

/// What every check needs: contexts, bounded calls, waiting.
pub(crate) struct Bench<'a> {
    fixture: &'a dyn Fixture,
    pub(crate) clock: Arc<dyn Clock>,
    rollout: RolloutId,
}

/// The epoch of the kit's own writes; there is room for older ones.
const EPOCH: u64 = 7;
/// How much longer than its deadline a call is waited for: a provider that gives up by itself at
/// the deadline still answers.
const GRACE: Duration = Duration::from_secs(1);
/// Longer than any provider that we know keeps a write under way.
const WATCHED: Duration = Duration::from_secs(600);
/// After so long a call is dropped, beside at once.
const DROPS: [u64; 4] = [1, 10, 25, 40];

impl<'a> Bench<'a> {
    pub(crate) fn new(fixture: &'a dyn Fixture) -> Checked<Self> {
        let rollout = made(RolloutId::new("testkit-1"))?;
        Ok(Self { fixture, clock: fixture.clock(), rollout })
    }

    /// The context of a read.
    pub(crate) fn read(&self) -> CallContext {
        let fence = FenceToken { epoch: EPOCH, sequence: 0 };
        CallContext::new(self.rollout.clone(), fence, self.fixture.deadline())
    }

    /// The context of write number `sequence`.
    pub(crate) fn write(&self, sequence: u64) -> CallContext {
        self.write_in(EPOCH, sequence)
    }

    /// The context of a write by a controller of another time.
    pub(crate) fn write_in(&self, epoch: u64, sequence: u64) -> CallContext {
        let fence = FenceToken { epoch, sequence };
        CallContext::new(self.rollout.clone(), fence, self.fixture.deadline())
            .for_effect(EffectId::new(sequence))
    }

    /// The epoch before the kit's own.
    pub(crate) const fn earlier_epoch() -> u64 {
        EPOCH - 1
    }

    /// The epoch after the kit's own.
    pub(crate) const fn later_epoch() -> u64 {
        EPOCH + 1
    }

    /// Calls, and drops the call a little after its deadline: `None`.
    pub(crate) async fn outcome<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Option<Result<T, E>> {
        within(self.clock.as_ref(), self.fixture.deadline().saturating_add(GRACE), call).await
    }

    /// Calls, and fails when the call does not answer by its deadline.
    pub(crate) async fn answer<T, E>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Checked<Result<T, E>> {
        match self.outcome(call).await {
            Some(answer) => Ok(answer),
            None => {
                let deadline = duration::format(self.fixture.deadline());
                fail(format!("{what} did not answer within {deadline}"))
            }
        }
    }

    /// Calls, and fails unless it succeeds.
    pub(crate) async fn ok<T, E: fmt::Display>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Checked<T> {
        let answer = self.answer(what, call).await?;
        answer.map_err(|error| Stop::Fail(format!("{what} answered with an error: {error}")))
    }

    /// Calls, and fails unless it is refused with this kind and `Applied::No`.
    pub(crate) async fn refused<T: fmt::Debug>(
        &self,
        what: &str,
        kind: ErrorKind,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Checked {
        match self.answer(what, call).await? {
            Ok(answer) => fail(format!("{what} was not refused but answered {answer:?}")),
            Err(error) => {
                ensure(error.kind() == kind, || {
                    format!("{what} was refused as \"{}\", not \"{kind}\"", error.kind())
                })?;
                ensure(error.applied() == Applied::No, || {
                    format!("{what} was refused, but leaves open whether it happened")
                })
            }
        }
    }

    /// Starts the same kind of call again and again and drops it: at once, and a little later.
    pub(crate) async fn drop_each<F: Future>(&self, mut call: impl FnMut(u64) -> F) -> u64 {
        drop(poll_once(call(0)).await);
        for (place, millis) in (1..).zip(DROPS) {
            drop(within(self.clock.as_ref(), Duration::from_millis(millis), call(place)).await);
        }
        1 + DROPS.len() as u64
    }

    /// Lets time pass; skips when the fixture does not have that much of it.
    pub(crate) async fn let_pass(&self, span: Duration) -> Checked {
        if span.is_zero() {
            return Ok(());
        }
        if span > self.fixture.patience() {
            return skip(format!("it takes a wait of {}", duration::format(span)));
        }
        self.clock.sleep_until(self.clock.monotonic().saturating_add(span)).await;
        Ok(())
    }

    /// Watches for what should not happen any more: for 10 min, or as long as the fixture has time.
    pub(crate) async fn watch(&self) -> Checked {
        self.let_pass(WATCHED.min(self.fixture.patience())).await
    }

    /// Lets effects show.
    pub(crate) async fn settle(&self) -> Checked {
        self.let_pass(self.fixture.settle()).await
    }

    /// How long effects take to show.
    pub(crate) fn settle_time(&self) -> Duration {
        self.fixture.settle()
    }
}

/// Takes a fixture's answer: what it cannot do skips the clause, what went wrong fails it.
pub(crate) fn stimulus<T>(answer: Stimulus<T>) -> Checked<T> {
    answer.map_err(|no| match no {
        NoStimulus::Cannot(what) => Stop::Skip(format!("the fixture cannot {what}")),
        NoStimulus::Broke(why) => Stop::Fail(format!("the fixture broke: {why}")),
    })
}

/// Takes a fixture's answer where another stimulus may do as well: whether it could.
pub(crate) fn possible(answer: Stimulus) -> Checked<bool> {
    match stimulus(answer) {
        Ok(()) => Ok(true),
        Err(Stop::Skip(_)) => Ok(false),
        Err(stop) => Err(stop),
    }
}
