//! Handing over notices.

use std::sync::Arc;
use std::time::Duration;

use super::Calls;
use super::classify::no_answer;
use crate::engine::time::within;
use crate::provider::{
    Audience, CallContext, Clock, FailureRecord, Notice, NoticeKey, NoticeKind, Notifier,
};

/// How one attempt to hand a notice over ended.
#[derive(Debug)]
pub(in crate::engine) struct NoticeTry {
    pub(in crate::engine) notice: Notice,
    pub(in crate::engine) attempt: u32,
    pub(in crate::engine) result: Result<(), FailureRecord>,
}

/// Tries once to hand a notice over, always with the same key.
pub(in crate::engine) async fn attempt(
    calls: Arc<Calls>,
    notice: Notice,
    attempt: u32,
) -> NoticeTry {
    let cx = calls.read_context(DEADLINE).attempt(attempt);
    let call = calls.providers().notifier.notify(&cx, notice.clone());
    let result = match within(calls.clock(), DEADLINE, call).await {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(error.to_record()),
        None => Err(no_answer("notify", DEADLINE)),
    };
    NoticeTry { notice, attempt, result }
}

/// Pages somebody, once and without a record: for the moment at which there is no journal that
/// could keep one, and nobody left to retry.
pub(in crate::engine) async fn page(
    notifier: &dyn Notifier,
    clock: &dyn Clock,
    cx: &CallContext,
    occasion: &str,
    text: String,
) {
    let key = NoticeKey(format!("{}/{occasion}/{}", cx.rollout, cx.fence.epoch));
    let notice = Notice { key, kind: NoticeKind::Page, audience: Audience::Team, text };
    match within(clock, DEADLINE, notifier.notify(cx, notice)).await {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::error!(%error, occasion, "page not sent"),
        None => tracing::error!(occasion, "page not sent: no answer"),
    }
}

const DEADLINE: Duration = Duration::from_secs(10);
