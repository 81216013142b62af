//! CO-9 and CO-10: late writes and dropped calls.

use super::ComputeFixture;
use super::hand::{CAPACITY, Hand};
use crate::provider::{Fence, Pin, SideState};
use crate::testkit::bench::stimulus;
use crate::testkit::result::{Checked, ensure, skip};
use crate::testkit::{ClauseResult, Fate};
use crate::value::Side;

/// CO-9: makes a write as late as it can be. With a bound, a provision: nothing changes once the
/// bound has passed. With a fence, a pin: it never lands on top of a newer one.
pub async fn no_write_lands_too_late(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        match hand.compute.capabilities().fence {
            Fence::Late { .. } => late_provision(&hand, fixture).await,
            Fence::PerOperation | Fence::Conditional => overtaken_pin(&hand, fixture).await,
        }
    };
    check.await.into()
}

async fn late_provision(hand: &Hand<'_>, fixture: &dyn ComputeFixture) -> Checked {
    stimulus(fixture.doom_next_write(Fate::Late).await)?;
    let sent_at = hand.bench.clock.monotonic();
    let cx = hand.bench.write(1);
    drop(hand.bench.outcome(hand.compute.provision(&cx, hand.request(CAPACITY))).await);
    let passed = hand.bench.clock.monotonic().saturating_sub(sent_at);
    hand.bench.let_pass(hand.late().saturating_sub(passed)).await?;
    stays(hand).await
}

async fn overtaken_pin(hand: &Hand<'_>, fixture: &dyn ComputeFixture) -> Checked {
    if !hand.compute.capabilities().pins {
        return skip("it has a fence, and no pins to try it with");
    }
    hand.start_green(&hand.bench.write(1)).await?;
    stimulus(fixture.doom_next_write(Fate::Late).await)?;
    let cx = hand.bench.write(2);
    drop(hand.bench.outcome(hand.compute.pin(&cx, Pin::new(Side::Green, Some(1)))).await);
    let cx = hand.bench.write(3);
    hand.pin(&cx, Side::Green, Some(2)).await?;
    stays(hand).await
}

/// What is meant of green, apart from how far its targets have come, stays as it is.
async fn stays(hand: &Hand<'_>) -> Checked {
    let meant = |side: SideState| (side.resources, side.desired, side.pinned_at);
    let settled = meant(hand.see().await?.green);
    hand.bench.watch().await?;
    let later = meant(hand.see().await?.green);
    ensure(settled == later, || {
        format!("a late write changed green from {settled:?} to {later:?} when it should be over")
    })
}

/// CO-10: drops reads and writes at several moments, waits out the late-effect bound, and uses
/// the provider.
pub async fn a_dropped_call_leaves_it_usable(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let read = |_| {
            let (compute, cx) = (&hand.compute, hand.bench.read());
            async move { compute.describe(&cx).await }
        };
        hand.bench.drop_each(read).await;
        let write = |_| {
            let (compute, cx) = (&hand.compute, hand.bench.write(1));
            let request = hand.request(CAPACITY);
            async move { compute.provision(&cx, request).await }
        };
        hand.bench.drop_each(write).await;
        hand.bench.let_pass(hand.late()).await?;
        let made = hand.start_green(&hand.bench.write(1)).await?;
        let green = hand.see().await?.green;
        ensure(green.resources.len() == made.resources.len() && green.desired == CAPACITY, || {
            format!("after calls were dropped, provision made {made:?}, and green is {green:?}")
        })
    };
    check.await.into()
}
