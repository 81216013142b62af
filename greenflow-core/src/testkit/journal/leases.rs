//! JO-5 to JO-7: leases.

use std::time::Duration;

use super::JournalFixture;
use super::hand::Hand;
use crate::provider::{JournalError, Lease, LeaseToken, ListFilter, Rest};
use crate::testkit::ClauseResult;
use crate::testkit::result::{Checked, ensure, fail};
use crate::testkit::wait::both;
use crate::value::Timestamp;

/// JO-5: claims a leased rollout as another owner and as the same, then after the lease has run
/// out, where two race; and looks at how long nothing was appended.
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
        let won: Vec<Lease> = [a?, b?].into_iter().filter_map(Result::ok).collect();
        let [won] = won.as_slice() else {
            return fail(format!("two raced for a free rollout, and {} succeeded", won.len()));
        };
        ensure(won.token.epoch > again.token.epoch, || {
            format!("after epoch {}, a claim gave {won:?}", again.token.epoch)
        })?;
        is_idle_since_the_append(&hand, won).await
    };
    check.await.into()
}

async fn is_idle_since_the_append(hand: &Hand<'_>, late: &Lease) -> Checked {
    let (idle, ttl) = (late.idle, hand.ttl);
    ensure(idle >= ttl, || format!("for {ttl:?} nothing was appended, and a claim says {idle:?}"))?;
    hand.append(&late.token, 1, 1).await?;
    let idle = hand.claim(&late.token.rollout, late.token.owner.as_str()).await?.idle;
    ensure(idle < ttl, || format!("right after an append, a claim says that {idle:?} have passed"))
}

/// JO-6: renews a lease across its first end, in an earlier epoch, after it has run out, and after
/// it was released.
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
        is_fenced(&hand, &second, "after the lease has run out").await?;
        let third = hand.claim(&first.rollout, "c-1").await?.token;
        hand.bench.ok("release", hand.journal.release(&third, Rest::default())).await?;
        is_fenced(&hand, &third, "after the lease was released").await
    };
    check.await.into()
}

async fn is_fenced(hand: &Hand<'_>, token: &LeaseToken, when: &str) -> Checked {
    match hand.bench.answer("renew", hand.journal.renew(token, hand.ttl)).await? {
        Err(JournalError::Fenced { .. }) => Ok(()),
        other => fail(format!("a renewal {when} says {other:?}")),
    }
}

/// JO-7: releases a lease in an earlier epoch, which ends nothing, then in its own, once due later
/// and once never; another may claim at once.
pub async fn release_ends_a_lease_and_stores_when_due(
    fixture: &dyn JournalFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let earlier = hand.create("r-1", "api").await?.token;
        let mut token = hand.claim(&earlier.rollout, "c-1").await?.token;
        match hand.bench.answer("release", hand.journal.release(&earlier, Rest::default())).await? {
            Err(JournalError::Fenced { .. }) => {}
            other => return fail(format!("a release in an earlier epoch says {other:?}")),
        }
        hand.append(&token, 1, 1).await?;
        let later = hand.ttl;
        let rest = Rest { due_in: Some(later), reached: None };
        hand.bench.ok("release", hand.journal.release(&token, rest)).await?;
        hand.is_fenced(&token, 2, "under a released lease").await?;
        claimable(&hand, 0, "before it is due").await?;
        hand.let_pass(later + later / 10).await?;
        claimable(&hand, 1, "once it is due").await?;
        token = hand.claim(&token.rollout, "c-2").await?.token;
        hand.bench.ok("release", hand.journal.release(&token, Rest::default())).await?;
        hand.let_pass(NEVER.min(later)).await?;
        claimable(&hand, 0, "when it is never due").await?;
        // Not due is no lock: whoever has a reason may claim.
        hand.claim(&token.rollout, "c-3").await.map(drop)
    };
    check.await.into()
}

/// JO-7: tells with a release how far the rollout's own time has come, then releases without that, and
/// looks each time what a claim says of it, and for how long it was told nothing.
pub async fn release_stores_how_far_time_has_come(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let mut lease = hand.create("r-1", "api").await?;
        ensure(lease.reached == Timestamp::ZERO, || {
            format!("before anything was told, a lease says {:?}", lease.reached)
        })?;
        // Longer than any lease in between, so that the two cannot be taken for each other.
        let wait = hand.ttl * 2;
        hand.let_pass(wait).await?;
        for (reached, idle) in [(Some(FAR), Idle::Less), (None, Idle::More)] {
            lease = hand.claim(&lease.token.rollout, "c-1").await?;
            let rest = Rest { due_in: None, reached };
            hand.bench.ok("release", hand.journal.release(&lease.token, rest)).await?;
            lease = hand.claim(&lease.token.rollout, "c-1").await?;
            ensure(lease.reached == FAR, || {
                format!("{FAR:?} was told, then {reached:?}, and a claim says {:?}", lease.reached)
            })?;
            let as_told = match idle {
                Idle::Less => lease.idle < wait,
                Idle::More => lease.idle >= wait,
            };
            ensure(as_told, || {
                let idle = lease.idle;
                format!("after a release that told {reached:?}, a claim says {idle:?} of idle time")
            })?;
            hand.let_pass(wait).await?;
        }
        let lease = hand.claim(&lease.token.rollout, "c-1").await?;
        hand.append(&lease.token, 1, 1).await?;
        let after = hand.claim(&lease.token.rollout, "c-1").await?;
        ensure(after.reached == FAR && after.idle < wait, || {
            format!("after an append, a claim says {:?} and {:?}", after.reached, after.idle)
        })
    };
    check.await.into()
}

/// What a claim should say of the time since it was last told something.
#[derive(Clone, Copy)]
enum Idle {
    Less,
    More,
}

/// How far a rollout's time has come: 58 days, in more than 32 bits of milliseconds.
const FAR: Timestamp = Timestamp::from_millis(5_000_000_000);

async fn claimable(hand: &Hand<'_>, expected: usize, when: &str) -> Checked {
    let filter = ListFilter { claimable: true, ..ListFilter::default() };
    let count = hand.list(filter).await?.len();
    ensure(count == expected, || {
        format!("{when}, {expected} rollouts are claimable, and {count} are listed")
    })
}

/// So long "never" is watched, if leases are not shorter.
const NEVER: Duration = Duration::from_secs(3600);
