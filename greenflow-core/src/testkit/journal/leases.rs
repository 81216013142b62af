//! JO-5 to JO-7: leases.

use std::time::Duration;

use super::JournalFixture;
use super::hand::{Hand, RUNNING};
use crate::provider::{JournalError, LeaseToken, ListFilter};
use crate::testkit::ClauseResult;
use crate::testkit::result::{Checked, ensure, fail};
use crate::testkit::wait::both;

/// JO-5: claims a leased rollout as another owner and as the same, then after the lease has run
/// out, where two race.
pub async fn a_lease_is_claimed_by_one_owner(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.create("r-1", "api").await?.token;
        match hand.try_claim(&first.rollout, "c-2").await? {
            Err(JournalError::Held { owner, .. }) => ensure(owner == first.owner, || {
                format!("the lease is {}'s, and the refusal names {owner}", first.owner)
            })?,
            other => return fail(format!("the lease is live, and a claim says {other:?}")),
        }
        let again = hand.claim(&first.rollout, "c-1").await?;
        ensure(again.token.epoch > first.epoch && again.head == 1, || {
            format!("after epoch {} with 1 frame, a claim says {again:?}", first.epoch)
        })?;
        hand.let_pass(hand.ttl + hand.ttl / 10).await?;
        let (a, b) =
            both(hand.try_claim(&first.rollout, "c-2"), hand.try_claim(&first.rollout, "c-3"))
                .await;
        let won: Vec<LeaseToken> =
            [a?, b?].into_iter().filter_map(Result::ok).map(|lease| lease.token).collect();
        ensure(won.len() == 1, || {
            format!("two claims raced for a free rollout, and {} succeeded", won.len())
        })?;
        ensure(won.iter().all(|token| token.epoch > again.token.epoch), || {
            format!("after epoch {}, a claim gave {won:?}", again.token.epoch)
        })
    };
    check.await.into()
}

/// JO-6: renews a lease across its first end, in an earlier epoch, and after it has run out.
pub async fn renew_is_for_the_live_lease(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.create("r-1", "api").await?.token;
        let second = hand.claim(&first.rollout, "c-1").await?.token;
        for _ in 0..2 {
            hand.let_pass(hand.ttl * 2 / 3).await?;
            let renew = hand.journal.renew(&second, hand.ttl);
            hand.bench.ok("the renewal of a live lease", renew).await?;
        }
        is_fenced(&hand, &first, "in an earlier epoch").await?;
        hand.let_pass(hand.ttl + hand.ttl / 10).await?;
        is_fenced(&hand, &second, "after the lease has run out").await
    };
    check.await.into()
}

async fn is_fenced(hand: &Hand<'_>, token: &LeaseToken, when: &str) -> Checked {
    match hand.bench.answer("renew", hand.journal.renew(token, hand.ttl)).await? {
        Err(JournalError::Fenced { .. }) => Ok(()),
        other => fail(format!("a renewal {when} says {other:?}")),
    }
}

/// JO-7: releases a lease, once due later and once never; another may claim at once.
pub async fn release_ends_a_lease_and_stores_when_due(
    fixture: &dyn JournalFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let mut token = hand.create("r-1", "api").await?.token;
        let later = hand.ttl;
        hand.bench.ok("release", hand.journal.release(&token, Some(later))).await?;
        match hand.try_append(&token, 1, 1, RUNNING).await? {
            Err(JournalError::Fenced { .. }) => {}
            other => return fail(format!("an append under a released lease says {other:?}")),
        }
        claimable(&hand, 0, "before it is due").await?;
        hand.let_pass(later + later / 10).await?;
        claimable(&hand, 1, "once it is due").await?;
        token = hand.claim(&token.rollout, "c-2").await?.token;
        hand.bench.ok("release", hand.journal.release(&token, None)).await?;
        hand.let_pass(NEVER.min(later)).await?;
        claimable(&hand, 0, "when it is never due").await?;
        // Not due is no lock: whoever has a reason may claim.
        hand.claim(&token.rollout, "c-3").await.map(drop)
    };
    check.await.into()
}

async fn claimable(hand: &Hand<'_>, expected: usize, when: &str) -> Checked {
    let filter = ListFilter { claimable: true, ..ListFilter::default() };
    let count = hand.list(filter).await?.len();
    ensure(count == expected, || {
        format!("{when}, {expected} rollouts are claimable, and {count} are listed")
    })
}

/// So long "never" is watched, if leases are not shorter.
const NEVER: Duration = Duration::from_secs(3600);
