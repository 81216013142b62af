//! JO-2 to JO-4: frames.

use super::JournalFixture;
use super::hand::{Hand, RUNNING, frame, id};
use crate::provider::{JournalError, LeaseToken, StoredFrame};
use crate::testkit::ClauseResult;
use crate::testkit::result::{Checked, ensure, fail};

/// JO-2: appends several frames at once; all are there in order. Refused, none is.
pub async fn append_is_all_or_nothing(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let lease = hand.create("r-1", "api").await?;
        hand.append(&lease.token, 1, 3).await?;
        holds(&hand, &lease.token, 4, "after 3 frames were appended to 1").await?;
        hand.claim(&lease.token.rollout, "c-1").await?;
        let _refused = hand.try_append(&lease.token, 4, 3, RUNNING).await?;
        holds(&hand, &lease.token, 4, "after an append of 3 frames in an earlier epoch").await
    };
    check.await.into()
}

/// JO-3: appends with a wrong head, with the token of an earlier epoch, with one that nobody was
/// given, and after the lease has run out.
pub async fn append_compares_epoch_and_head(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.create("r-1", "api").await?.token;
        hand.append(&first, 1, 1).await?;
        for wrong in [0, 1, 3] {
            match hand.try_append(&first, wrong, 1, RUNNING).await? {
                Err(JournalError::Conflict { head: 2, .. }) => {}
                other => return fail(format!("2 frames, an append after {wrong} says {other:?}")),
            }
            holds(&hand, &first, 2, "after an append in a wrong place").await?;
        }
        let second = hand.claim(&first.rollout, "c-1").await?.token;
        let forged = LeaseToken { epoch: second.epoch + 1, ..second.clone() };
        for (what, token) in [("an earlier", &first), ("a later", &forged)] {
            hand.is_fenced(token, 2, &format!("in {what} epoch")).await?;
            holds(&hand, &second, 2, "after an append in a wrong epoch").await?;
        }
        hand.append(&second, 2, 1).await?;
        hand.let_pass(hand.ttl + hand.ttl / 10).await?;
        hand.is_fenced(&second, 3, "after the lease has run out").await?;
        holds(&hand, &second, 3, "after an append under a lease that is over").await
    };
    check.await.into()
}

/// JO-4: appends in two epochs, and reads all of it, in parts, from the end, and of nobody.
pub async fn frames_are_read_in_order(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.create("r-1", "api").await?.token;
        hand.append(&first, 1, 1).await?;
        let second = hand.claim(&first.rollout, "c-1").await?.token;
        hand.append(&second, 2, 1).await?;
        let expected: Vec<StoredFrame> = [first.epoch, first.epoch, second.epoch]
            .into_iter()
            .zip(1..)
            .map(|(epoch, sequence)| StoredFrame { sequence, epoch, frame: frame("r-1", sequence) })
            .collect();
        for (after, limit) in [(0, 1000), (0, 2), (1, 1), (2, 1000), (3, 1000), (9, 1000)] {
            let read = hand.read_part(&first.rollout, after, limit).await?;
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            let part: Vec<StoredFrame> = expected.iter().skip(skip).take(limit).cloned().collect();
            ensure(read == part, || {
                format!("after {after} at most {limit}: {part:?}, and {read:?} is read")
            })?;
        }
        match hand.bench.answer("read", hand.journal.read(&id("r-9")?, 0, 1)).await? {
            Err(JournalError::NotFound(_)) => Ok(()),
            other => fail(format!("there is no r-9, and its read says {other:?}")),
        }
    };
    check.await.into()
}

/// Fails unless the journal holds exactly the first so many of the kit's frames.
pub(super) async fn holds(hand: &Hand<'_>, token: &LeaseToken, count: u64, when: &str) -> Checked {
    let read = hand.read(&token.rollout).await?;
    let frames: Vec<&Vec<u8>> = read.iter().map(|stored| &stored.frame).collect();
    let expected: Vec<Vec<u8>> = (1..=count).map(|n| frame(token.rollout.as_str(), n)).collect();
    let same = frames.len() == expected.len() && frames.iter().zip(&expected).all(|(a, b)| *a == b);
    ensure(same, || {
        let found = frames.len();
        format!("{when}, the journal should hold its {count} frames in order, and holds {found}")
    })
}
