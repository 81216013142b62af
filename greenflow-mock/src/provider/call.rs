//! How a call travels: it takes its time, and something may go wrong on the way.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use greenflow_core::provider::{CallContext, Clock, ErrorKind, ProviderError};
use greenflow_core::value::ResourceId;

use super::{Operation, What, Write};
use crate::faults::FaultKind;
use crate::world::{Event, Question, State, World, promised};

/// How the world replies to a question.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// At once.
    Now(T),
    /// When the work is done that the question asks for.
    After(Duration, Result<T, ProviderError>),
    /// Never.
    Never,
}

/// What a write answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// It is done.
    Done,
    /// It made these.
    Provisioned(Vec<ResourceId>),
}

impl World {
    /// Carries a write to the world and its answer back.
    pub(crate) async fn write(
        &self,
        cx: &CallContext,
        what: What,
    ) -> Result<Answer, ProviderError> {
        let operation = what.operation();
        let call = Call::begin(self, operation, cx, || what.to_string());
        let condition = self.lock().version_for(&what);
        let mut write = Write { cx: cx.clone(), what, condition, parts: None };
        if let Some(error) = call.refusal().await {
            return call.end(Err(error));
        }
        let answer = match call.fault {
            Some(FaultKind::TimeoutLate { after }) => {
                self.later(after, &write);
                call.wait(cx.deadline).await;
                Err(call.lost(ErrorKind::Timeout))
            }
            Some(FaultKind::AppliedLate { after }) => {
                self.later(after, &write);
                call.wait(call.latency).await;
                Ok(promise(&write))
            }
            Some(FaultKind::AckLost) => {
                call.wait(call.latency).await;
                Ok(promise(&write))
            }
            Some(FaultKind::TimeoutApplied) => {
                call.half_way().await;
                let _ = self.land(&write);
                call.wait(cx.deadline.saturating_sub(call.latency / 2)).await;
                Err(call.lost(ErrorKind::Timeout))
            }
            Some(FaultKind::Partial { parts }) => {
                write.parts = Some(parts);
                call.half_way().await;
                let _ = self.land(&write);
                call.half_way().await;
                Err(call.lost(ErrorKind::Unexpected).because("only a part of it was done"))
            }
            Some(FaultKind::Duplicate { times, spacing }) => {
                for n in 1..=times.min(MOST_DUPLICATES) {
                    self.later(spacing.saturating_mul(n), &write);
                }
                call.half_way().await;
                let answer = self.land(&write);
                call.half_way().await;
                answer
            }
            Some(_) | None => {
                call.half_way().await;
                let answer = self.land(&write);
                call.half_way().await;
                answer
            }
        };
        let answer = answer.and_then(|answer| call.spoil(answer));
        call.end(answer)
    }

    /// Carries a question to the world and its answer back. `ask` gets the fault too, as some
    /// change the answer itself.
    pub(crate) async fn ask<T: Send>(
        &self,
        operation: Operation,
        cx: &CallContext,
        what: impl FnOnce() -> String + Send,
        ask: impl FnOnce(&mut State, Option<FaultKind>) -> Result<Reply<T>, ProviderError> + Send,
    ) -> Result<T, ProviderError> {
        let call = Call::begin(self, operation, cx, what);
        if let Some(error) = call.refusal().await {
            return call.end(Err(error));
        }
        call.half_way().await;
        let reply = ask(&mut self.lock(), call.fault);
        let answer = match reply {
            Ok(Reply::Now(answer)) => Ok(answer),
            Ok(Reply::After(span, answer)) => {
                call.wait(span).await;
                answer
            }
            Ok(Reply::Never) => pending().await,
            Err(error) => Err(error),
        };
        call.half_way().await;
        let answer = answer.and_then(|answer| call.spoil(answer));
        call.end(answer)
    }

    /// Carries a question to the world that changes nothing in it, and its answer back. The world
    /// answers when the question arrives; whoever asked wakes when the answer is there.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        operation: Operation,
        cx: &CallContext,
        what: impl FnOnce() -> String + Send,
        look: impl FnOnce(&mut State, Option<FaultKind>) -> Result<Reply<T>, ProviderError>
        + Send
        + 'static,
    ) -> Result<T, ProviderError> {
        let mut call = Call::begin(self, operation, cx, what);
        if let Some(error) = call.refusal().await {
            return call.end(Err(error));
        }
        let reply = Arc::new(Mutex::new(None));
        let (told, fault) = (Arc::clone(&reply), call.fault);
        call.send(Box::new(move |state| {
            let found = look(state, fault);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }));
        let way = call.latency / 2;
        call.wait(way * 2).await;
        self.catch_up();
        let reply = reply.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = match reply {
            Some(Ok(Reply::Now(answer))) => Ok(answer),
            Some(Ok(Reply::After(span, answer))) => {
                call.wait(span).await;
                answer
            }
            Some(Ok(Reply::Never)) => pending().await,
            Some(Err(error)) => Err(error),
            None => Err(call.lost(ErrorKind::Unexpected).because("the question got lost")),
        };
        let answer = answer.and_then(|answer| call.spoil(answer));
        call.end(answer)
    }

    /// Waits on the world's clock.
    pub(crate) async fn wait(&self, span: Duration) {
        self.clock.sleep(self.clock.monotonic().saturating_add(span)).await;
    }

    fn land(&self, write: &Write) -> Result<Answer, ProviderError> {
        let mut state = self.lock();
        let answer = state.land(write);
        state.settle(answer.is_ok().then(|| format!("{} landed", write.what.operation())));
        answer
    }

    fn later(&self, after: Duration, write: &Write) {
        let mut state = self.lock();
        let at = state.now.saturating_add(after);
        state.agenda.at(at, Event::Land(Box::new(write.clone())));
    }
}

/// A call under way. Whoever drops its future before the end leaves a line in the trace.
struct Call<'a> {
    world: &'a World,
    operation: Operation,
    number: u64,
    latency: Duration,
    deadline: Duration,
    fault: Option<FaultKind>,
    /// A question that is on its way, or has been answered.
    question: Option<u64>,
    ended: bool,
}

impl<'a> Call<'a> {
    fn begin(
        world: &'a World,
        operation: Operation,
        cx: &CallContext,
        what: impl FnOnce() -> String,
    ) -> Self {
        let mut state = world.lock();
        let now = state.now;
        let fault = state.faults().strike(operation, now);
        let count = state.calls.entry(operation).or_insert(0);
        *count += 1;
        let number = *count;
        state.call_begins(operation, cx);
        let latency = state.latency;
        state.trace.log(now, || {
            let effect = cx.effect.map(|effect| format!(" {effect}")).unwrap_or_default();
            let struck = fault.map(|kind| format!(" [{} {kind:?}]", kind.id()));
            format!(
                "call {operation} {number}: {} ({}{effect} try {}){}",
                what(),
                cx.rollout,
                cx.attempt,
                struck.unwrap_or_default()
            )
        });
        drop(state);
        let deadline = cx.deadline;
        Self { world, operation, number, latency, deadline, fault, question: None, ended: false }
    }

    /// Sends a question that is not waited for half-way.
    fn send(&mut self, question: Question) {
        let mut state = self.world.lock();
        let arrives = state.now.saturating_add(self.latency / 2);
        self.question = Some(state.questions.ask(arrives, question));
    }

    /// Waits out what goes wrong before the call does anything; `None` when nothing does.
    async fn refusal(&self) -> Option<ProviderError> {
        let error = match self.fault? {
            FaultKind::Throttle { retry_after } => {
                let error = self.refused(ErrorKind::Throttled);
                match retry_after {
                    Some(pause) => error.retry_after(pause),
                    None => error,
                }
            }
            FaultKind::Outage => self.refused(ErrorKind::Unavailable),
            FaultKind::NotFound => self.refused(ErrorKind::NotFound),
            FaultKind::Denied => self.refused(ErrorKind::PermissionDenied),
            FaultKind::Expired => self.refused(ErrorKind::Unauthenticated),
            FaultKind::Full | FaultKind::NearlyFull | FaultKind::SyncFailed => {
                self.refused(ErrorKind::QuotaExceeded)
            }
            FaultKind::TimeoutLost => {
                self.wait(self.deadline).await;
                return Some(self.lost(ErrorKind::Timeout));
            }
            FaultKind::Hang => pending().await,
            FaultKind::Slow { by } => {
                self.wait(by).await;
                return None;
            }
            FaultKind::TimeoutApplied
            | FaultKind::TimeoutLate { .. }
            | FaultKind::AckLost
            | FaultKind::Duplicate { .. }
            | FaultKind::AppliedLate { .. }
            | FaultKind::Partial { .. }
            | FaultKind::StaleRead { .. }
            | FaultKind::Malformed
            | FaultKind::Misses { .. }
            | FaultKind::AnswerLost => return None,
        };
        self.wait(self.latency).await;
        Some(error)
    }

    /// Spoils a good answer on its way back, if the fault does that.
    fn spoil<T>(&self, answer: T) -> Result<T, ProviderError> {
        match self.fault {
            Some(FaultKind::Malformed) => {
                Err(self.lost(ErrorKind::Unexpected).because("the answer makes no sense"))
            }
            Some(FaultKind::AnswerLost) => {
                Err(self.lost(ErrorKind::Unavailable).because("the connection was reset"))
            }
            Some(_) | None => Ok(answer),
        }
    }

    async fn half_way(&self) {
        self.wait(self.latency / 2).await;
    }

    async fn wait(&self, span: Duration) {
        self.world.wait(span).await;
    }

    const fn refused(&self, kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, self.operation.as_str()).not_applied()
    }

    const fn lost(&self, kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, self.operation.as_str())
    }

    fn end<T>(mut self, answer: Result<T, ProviderError>) -> Result<T, ProviderError> {
        self.ended = true;
        let mut state = self.world.lock();
        let now = state.now;
        state.call_ends(self.operation);
        state.trace.log(now, || match &answer {
            Ok(_) => format!("done {} {}", self.operation, self.number),
            Err(error) => format!("fail {} {}: {error}", self.operation, self.number),
        });
        drop(state);
        answer
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut state = self.world.lock();
        let now = state.now;
        if let Some(question) = self.question {
            state.questions.forget(question);
        }
        state.call_ends(self.operation);
        state.trace.log(now, || format!("drop {} {}", self.operation, self.number));
    }
}

/// What a write that is only acknowledged claims to have done.
fn promise(write: &Write) -> Answer {
    match write.what {
        What::Provision(_) => Answer::Provisioned(promised(&write.cx)),
        What::Split(_) | What::Pin(_) | What::Remove(_) => Answer::Done,
    }
}

/// Nobody delivers a call more often than this.
const MOST_DUPLICATES: u32 = 10;
