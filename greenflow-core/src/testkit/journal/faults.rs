//! JO-2, JO-5, JO-9 and JO-10: when something goes wrong.

use super::JournalFixture;
use super::frames::holds;
use super::hand::{Hand, RUNNING, frame};
use super::rollouts::loses;
use crate::provider::{Append, JournalError};
use crate::testkit::bench::possible;
use crate::testkit::result::{Checked, ensure, fail, skip};
use crate::testkit::{ClauseResult, Fate};

/// JO-2: opens the store anew right after an append.
pub async fn an_appended_frame_survives(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let lease = hand.create("r-1", "api").await?;
        hand.append(&lease.token, 1, 3).await?;
        let read = hand.anew().await?.read(&lease.token.rollout).await?;
        let expected: Vec<Vec<u8>> = (1..=4).map(|n| frame("r-1", n)).collect();
        let frames: Vec<Vec<u8>> = read.into_iter().map(|stored| stored.frame).collect();
        ensure(frames == expected, || {
            format!("4 frames were appended, and the store opened anew has {}", frames.len())
        })
    };
    check.await.into()
}

/// JO-5: opens the store anew under a lease; epoch, lease and lock are what they were.
pub async fn who_may_write_survives(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let mut hand = Hand::new(fixture)?;
        // Opening anew may take long.
        hand.ttl *= 20;
        let earlier = hand.create("r-1", "api").await?.token;
        let token = hand.claim(&earlier.rollout, "c-1").await?.token;
        hand.append(&token, 1, 1).await?;
        let hand = hand.anew().await?;
        hand.is_fenced(&earlier, 2, "in an earlier epoch, in the store opened anew,").await?;
        match hand.try_claim(&token.rollout, "c-2").await? {
            Err(JournalError::Held { .. }) => {}
            other => return fail(format!("a lease is live in a store opened anew: {other:?}")),
        }
        loses(&hand, "r-2", "api", "r-1").await?;
        hand.append(&token, 2, 1).await
    };
    check.await.into()
}

/// JO-9: lets appends be refused and lost in every way. An answer that promises that nothing has
/// changed must be right; after any other, all of the frames are there or none.
pub async fn an_error_that_leaves_it_open_is_no_refusal(
    fixture: &dyn JournalFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let lease = hand.create("r-1", "api").await?;
        let mut head = 1;
        let mut could = false;
        for fate in [Fate::Refused, Fate::LostNotApplied, Fate::LostApplied] {
            let token = hand.claim(&lease.token.rollout, "c-1").await?.token;
            if !possible(fixture.doom_next_append(fate).await)? {
                continue;
            }
            could = true;
            let frames = (1..=2).map(|n| frame("r-1", head + n)).collect();
            let request =
                Append { token, expected_head: head, frames, standing: RUNNING, urgent: false };
            let answer = hand.bench.outcome(hand.journal.append(request)).await;
            let found = hand.read(&lease.token.rollout).await?.len() as u64;
            let whole = found == head || found == head + 2;
            ensure(whole, || format!("{fate:?}: {head} frames, 2 more, and {found} are there"))?;
            let refused = matches!(&answer, Some(Err(error)) if is_refusal(error));
            ensure(!refused || found == head, || {
                format!("{fate:?}: the append answered {answer:?}, and took effect")
            })?;
            head = found;
        }
        if could { Ok(()) } else { skip("the fixture cannot decide the fate of an append") }
    };
    check.await.into()
}

/// Returns whether it promises that nothing has changed.
const fn is_refusal(error: &JournalError) -> bool {
    match error {
        JournalError::ServiceLocked { .. }
        | JournalError::Exists(_)
        | JournalError::NotFound(_)
        | JournalError::Held { .. }
        | JournalError::Fenced { .. }
        | JournalError::Conflict { .. } => true,
        JournalError::Unavailable { .. } | JournalError::Damaged(_) => false,
    }
}

/// JO-10: drops each kind of call at several moments, and uses the store.
pub async fn a_dropped_call_leaves_it_usable(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let token = hand.create("r-1", "api").await?.token;
        for place in 0..3 {
            let request = hand.request(&format!("r-d{place}"), &format!("d{place}"), "c-1")?;
            hand.bench.drop_each(|_| hand.journal.create(request.clone())).await;
        }
        hand.bench.drop_each(|_| hand.journal.read(&token.rollout, 0, 10)).await;
        let append = |_| {
            let request = Append {
                token: token.clone(),
                expected_head: 1,
                frames: vec![frame("r-1", 2), frame("r-1", 3)],
                standing: RUNNING,
                urgent: false,
            };
            hand.journal.append(request)
        };
        hand.bench.drop_each(append).await;
        let head = hand.read(&token.rollout).await?.len() as u64;
        ensure(head == 1 || head == 3, || {
            format!("an append of 2 frames was dropped, and {} of them are there", head - 1)
        })?;
        let token = hand.claim(&token.rollout, "c-1").await?.token;
        hand.append(&token, head, 1).await?;
        holds(&hand, &token, head + 1, "after calls were dropped").await?;
        hand.create("r-2", "web").await?;
        Checked::Ok(())
    };
    check.await.into()
}
