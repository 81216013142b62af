//! Making facts durable: one append, and what it came to.

use std::sync::Arc;
use std::time::Duration;

use super::LeaseLoss;
use super::lease::loss_of;
use super::time::within;
use crate::provider::{Append, Clock, Frame, Journal, JournalError};

/// What an append came to.
#[derive(Debug)]
pub(super) enum Saved {
    /// The first so many of the frames are durable.
    Landed(usize),
    /// The journal is another's now.
    Deposed(LeaseLoss),
    /// The journal cannot be reached or written.
    Away(JournalError),
    /// The journal's own data is damaged.
    Damaged(JournalError),
}

/// Appends once, and finds out what became of it when the answer leaves that open.
///
/// An append that went unanswered may land later. That does no harm: the next one names the same
/// head, so at most one of them counts, and this function recognises its own frames.
pub(super) async fn save(
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    request: Append,
) -> Saved {
    let answer = within(clock.as_ref(), DEADLINE, journal.append(request.clone())).await;
    let error = match answer {
        Some(Ok(())) => return Saved::Landed(request.frames.len()),
        Some(Err(error)) => error,
        None => JournalError::Unavailable {
            reason: format!("no answer within {DEADLINE:?}"),
            source: None,
        },
    };
    match error {
        JournalError::Fenced { .. } | JournalError::NotFound(_) => match loss_of(&error) {
            Some(loss) => {
                mark!(AppendFenced);
                Saved::Deposed(loss)
            }
            None => Saved::Away(error),
        },
        JournalError::Damaged(_) => Saved::Damaged(error),
        JournalError::Conflict { .. }
        | JournalError::Unavailable { .. }
        | JournalError::ServiceLocked { .. }
        | JournalError::Exists(_)
        | JournalError::Held { .. } => {
            look(journal.as_ref(), clock.as_ref(), &request, error).await
        }
    }
}

/// Reads which of the frames are in the journal, after an answer that leaves it open.
async fn look(
    journal: &dyn Journal,
    clock: &dyn Clock,
    request: &Append,
    error: JournalError,
) -> Saved {
    let Append { token, expected_head, frames, standing: _, urgent: _ } = request;
    let call = journal.read(&token.rollout, *expected_head, frames.len());
    let Some(Ok(stored)) = within(clock, DEADLINE, call).await else { return Saved::Away(error) };
    let ours = |(stored, frame): (&crate::provider::StoredFrame, &Frame)| {
        stored.epoch == token.epoch && stored.frame == *frame
    };
    if !stored.iter().zip(frames).all(ours) {
        mark!(AnothersFacts);
        let head = expected_head.saturating_add(stored.len() as u64);
        return Saved::Deposed(LeaseLoss::Conflict { head, expected: *expected_head });
    }
    match (stored.len(), loss_of(&error)) {
        (0, Some(loss)) => Saved::Deposed(loss),
        (0, None) => Saved::Away(error),
        (landed, _) => {
            mark!(AppendedUnanswered);
            Saved::Landed(landed)
        }
    }
}

const DEADLINE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{Fault, TestClock, TestJournal};
    use crate::provider::{Claim, LeaseToken, Standing, StoredFrame};
    use crate::value::{ControllerId, RolloutId};

    fn bench() -> (TestClock, TestJournal, LeaseToken) {
        let clock = TestClock::new();
        let journal = TestJournal::new(&clock);
        let (rollout, owner) = (RolloutId::new("r").unwrap(), ControllerId::new("c").unwrap());
        let ttl = Duration::from_secs(15);
        let lease = clock.run(journal.claim(Claim { rollout, owner, ttl })).unwrap();
        (clock, journal, lease.token)
    }

    fn request(token: &LeaseToken, frames: &[&[u8]]) -> Append {
        let frames = frames.iter().map(|frame| frame.to_vec()).collect();
        let (token, standing) = (token.clone(), Standing::default());
        Append { token, expected_head: 0, frames, standing, urgent: false }
    }

    #[test]
    fn frames_that_landed_late_are_recognised_by_the_next_append() {
        let (clock, journal, token) = bench();
        journal.state().append_faults.push_back(Fault::LandsUnanswered);
        clock.run(journal.append(request(&token, &[b"one"]))).unwrap_err();
        let both = request(&token, &[b"one", b"two"]);
        let saved = clock.run(save(journal.arc(), clock.arc(), both));
        assert!(matches!(saved, Saved::Landed(1)), "{saved:?}");
    }

    #[test]
    fn frames_of_another_depose_us() {
        let (clock, journal, token) = bench();
        let frame = b"other".to_vec();
        journal.state().frames.push(StoredFrame { sequence: 1, epoch: 1, frame });
        let saved = clock.run(save(journal.arc(), clock.arc(), request(&token, &[b"one"])));
        assert!(matches!(saved, Saved::Deposed(LeaseLoss::Conflict { .. })), "{saved:?}");
    }

    #[test]
    fn what_did_not_land_and_cannot_be_read_is_away() {
        let (clock, journal, token) = bench();
        journal.state().down = true;
        let saved = clock.run(save(journal.arc(), clock.arc(), request(&token, &[b"one"])));
        assert!(matches!(saved, Saved::Away(_)), "{saved:?}");
    }
}
