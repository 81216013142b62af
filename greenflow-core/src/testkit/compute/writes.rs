//! CO-2, CO-3, CO-7 and CO-8: what writes do.

use super::ComputeFixture;
use super::hand::{CAPACITY, Hand};
use crate::provider::{ErrorKind, Remove};
use crate::testkit::ClauseResult;
use crate::testkit::bench::possible;
use crate::testkit::result::{Checked, ensure};
use crate::value::{ResourceId, Side};

/// CO-2: provisions green, and compares both sides with before.
pub async fn provision_starts_green_by_digest_and_leaves_blue(
    fixture: &dyn ComputeFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let before = hand.see().await?;
        let made = hand.start_green(&hand.bench.write(1)).await?;
        let after = hand.see().await?;
        ensure(after.blue == before.blue, || {
            format!("provision changed blue from {:?} to {:?}", before.blue, after.blue)
        })?;
        let digest = fixture.revision().digest;
        ensure(after.green.digests == [digest.clone()], || {
            format!("green should run {digest:?} and runs {:?}", after.green.digests)
        })?;
        ensure(after.green.desired == CAPACITY, || {
            format!("green should have {CAPACITY} targets and has {}", after.green.desired)
        })?;
        let (mut read, mut named) = (after.green.resources, made.resources);
        read.sort();
        named.sort();
        ensure(read == named, || format!("provision named {named:?}, and green has {read:?}"))
    };
    check.await.into()
}

/// CO-3: repeats a provision, a pin and a removal with the same effects.
pub async fn a_repeat_changes_nothing_and_succeeds(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let made = hand.start_green(&hand.bench.write(1)).await?;
        let before = hand.see().await?.green;
        let again = hand.provision(&hand.bench.write(1).attempt(2), CAPACITY).await?;
        ensure(again == made, || {
            format!("repeated, provision named {:?} and not {:?}", again.resources, made.resources)
        })?;
        let after = hand.see().await?.green;
        ensure(after == before, || {
            format!("repeated, provision changed green from {before:?} to {after:?}")
        })?;
        for attempt in (1..=2).filter(|_| hand.compute.capabilities().pins) {
            let cx = hand.bench.write(2).attempt(attempt);
            hand.pin(&cx, Side::Green, Some(CAPACITY)).await?;
        }
        if hand.compute.capabilities().pins {
            hand.pin(&hand.bench.write(3), Side::Green, None).await?;
        }
        for attempt in 1..=2 {
            let cx = hand.bench.write(4).attempt(attempt);
            hand.remove(&cx, Side::Green, made.resources.clone()).await?;
        }
        gone(&hand, &made.resources).await
    };
    check.await.into()
}

/// CO-7: removes one resource of green, then the same again under a new effect, then the rest.
pub async fn remove_removes_exactly_what_is_named(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let made = hand.start_green(&hand.bench.write(1)).await?.resources;
        let before = hand.see().await?;
        let first: Vec<ResourceId> = made.iter().take(1).cloned().collect();
        hand.remove(&hand.bench.write(2), Side::Green, first.clone()).await?;
        gone(&hand, &first).await?;
        let after = hand.see().await?;
        for kept in made.iter().filter(|resource| !first.contains(resource)) {
            ensure(after.green.resources.contains(kept), || {
                format!("{first:?} was to be removed, and {kept} is gone too")
            })?;
        }
        hand.remove(&hand.bench.write(3), Side::Green, first).await?;
        hand.remove(&hand.bench.write(4), Side::Green, made.clone()).await?;
        gone(&hand, &made).await?;
        let blue = hand.see().await?.blue;
        ensure(blue == before.blue, || {
            format!("green was removed, and blue changed from {:?} to {blue:?}", before.blue)
        })
    };
    check.await.into()
}

/// CO-8: asks to remove the side that has the traffic: blue, then green once it has it.
pub async fn remove_refuses_what_takes_traffic(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        kept(&hand, Side::Blue, 1).await?;
        hand.start_green(&hand.bench.write(2)).await?;
        if possible(fixture.send_traffic_to(Side::Green).await)? {
            kept(&hand, Side::Green, 3).await?;
        }
        Ok(())
    };
    check.await.into()
}

/// Asks to remove a side with traffic, and compares it with before.
async fn kept(hand: &Hand<'_>, side: Side, sequence: u64) -> Checked {
    let before = hand.see().await?.side(side).clone();
    let cx = hand.bench.write(sequence);
    let call = hand.compute.remove(&cx, Remove::new(side, before.resources.clone()));
    let what = format!("the removal of {side}, which takes production traffic,");
    hand.bench.refused(&what, ErrorKind::Conflict, call).await?;
    hand.bench.settle().await?;
    let after = hand.see().await?.side(side).clone();
    ensure(after == before, || {
        format!("{what} was refused, and changed it from {before:?} to {after:?}")
    })
}

async fn gone(hand: &Hand<'_>, resources: &[ResourceId]) -> Checked {
    let read = hand.see().await?.green.resources;
    ensure(!resources.iter().any(|resource| read.contains(resource)), || {
        format!("{resources:?} was removed, and green still has {read:?}")
    })
}
