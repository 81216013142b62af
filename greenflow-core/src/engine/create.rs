//! Creating a rollout in the journal, also when answers are lost.

use std::time::Duration;

use super::Engine;
use super::time::within;
use crate::provider::{Claim, Create, JournalError, Lease};

/// Creates a rollout; returns its lease and when that was asked for.
///
/// After an answer that leaves open whether it happened, the journal is read: a rollout with this
/// very first fact is ours, and its lease is claimed.
///
/// # Errors
/// What the journal refused, or its failure.
pub(super) async fn create(
    engine: &Engine,
    request: Create,
) -> Result<(Lease, Duration), JournalError> {
    let clock = engine.clock.as_ref();
    let mut open = false;
    let mut tries = 1..=TRIES;
    loop {
        let sent = clock.monotonic();
        let answer = within(clock, DEADLINE, engine.journal.create(request.clone())).await;
        let error = match answer.unwrap_or_else(|| Err(no_answer())) {
            Ok(lease) => return Ok((lease, sent)),
            Err(error) => error,
        };
        let may_be_ours = match &error {
            JournalError::Unavailable { .. } => true,
            JournalError::Exists(_) => open,
            JournalError::ServiceLocked { by, .. } => open && *by == request.rollout,
            JournalError::NotFound(_)
            | JournalError::Held { .. }
            | JournalError::Fenced { .. }
            | JournalError::Conflict { .. }
            | JournalError::Damaged(_) => false,
        };
        if !may_be_ours {
            return Err(error);
        }
        open = true;
        match claim_if_ours(engine, &request).await {
            Ok(Some(claimed)) => return Ok(claimed),
            // The id is somebody else's.
            Ok(None) if !matches!(error, JournalError::Unavailable { .. }) => return Err(error),
            Ok(None) | Err(_) => {}
        }
        if tries.next().is_none() {
            return Err(error);
        }
        clock.sleep_until(clock.monotonic().saturating_add(PAUSE)).await;
    }
}

/// Claims the rollout if it is in the journal with our frames; `None` when it is not.
async fn claim_if_ours(
    engine: &Engine,
    request: &Create,
) -> Result<Option<(Lease, Duration)>, JournalError> {
    let clock = engine.clock.as_ref();
    let limit = request.frames.len().saturating_add(1);
    let read = engine.journal.read(&request.rollout, 0, limit);
    let stored = match within(clock, DEADLINE, read).await.unwrap_or_else(|| Err(no_answer())) {
        Ok(stored) => stored,
        Err(JournalError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !stored.iter().map(|stored| &stored.frame).eq(&request.frames) {
        return Ok(None);
    }
    let (rollout, owner) = (request.rollout.clone(), request.owner.clone());
    let sent = clock.monotonic();
    let claim = engine.journal.claim(Claim { rollout, owner, ttl: request.ttl });
    let lease = within(clock, DEADLINE, claim).await.unwrap_or_else(|| Err(no_answer()))?;
    Ok(Some((lease, sent)))
}

fn no_answer() -> JournalError {
    JournalError::Unavailable { reason: format!("no answer within {DEADLINE:?}"), source: None }
}

const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);
const DEADLINE: Duration = Duration::from_secs(3);
