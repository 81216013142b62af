//! Creating a rollout in the journal, also when answers are lost.

use std::time::Duration;

use super::Engine;
use super::lease::Asked;
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
) -> Result<(Lease, Asked), JournalError> {
    let clock = engine.clock.as_ref();
    let mut open = false;
    let mut tries = 1..=TRIES;
    loop {
        let sent = Asked::now(clock);
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
) -> Result<Option<(Lease, Asked)>, JournalError> {
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
    let sent = Asked::now(clock);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{Fault, TestClock, TestJournal, TestWorld};
    use crate::value::{RolloutId, ServiceName};

    fn bench() -> (TestClock, TestJournal, Engine, Create) {
        let clock = TestClock::new();
        let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
        let engine = Engine::single(world.providers(), journal.arc()).with_clock(clock.arc());
        let request = Create {
            rollout: RolloutId::new("r").unwrap(),
            service: ServiceName::new("s").unwrap(),
            owner: engine.controller.clone(),
            ttl: engine.times.ttl,
            frames: vec![b"started".to_vec()],
        };
        (clock, journal, engine, request)
    }

    #[test]
    fn a_create_whose_answer_is_lost_is_found_and_claimed() {
        for faults in [
            vec![Fault::LandsUnanswered],
            vec![Fault::Fails, Fault::Hangs],
            vec![Fault::Hangs, Fault::LandsUnanswered],
        ] {
            let (clock, journal, engine, request) = bench();
            journal.state().create_faults.extend(faults.clone());
            let (lease, _) = clock.run(create(&engine, request)).unwrap();
            assert_eq!((lease.head, journal.state().frames.len()), (1, 1), "{faults:?}");
            assert_eq!(lease.token.epoch, journal.state().epoch);
        }
    }

    #[test]
    fn an_id_that_was_used_before_is_refused_at_once() {
        let (clock, journal, engine, request) = bench();
        clock.run(create(&engine, request.clone())).unwrap();
        let other = Create { frames: vec![b"another".to_vec()], ..request };
        let error = clock.run(create(&engine, other.clone())).unwrap_err();
        assert!(matches!(error, JournalError::Exists(_)), "{error}");
        journal.state().create_faults.push_back(Fault::Fails);
        let error = clock.run(create(&engine, other)).unwrap_err();
        assert!(matches!(error, JournalError::Exists(_)), "{error}");
        assert_eq!(journal.state().claims, 1);
    }
}
