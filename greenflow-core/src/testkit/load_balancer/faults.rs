//! LB-6 to LB-8 and LB-10: what a write does when something goes wrong.

use super::LoadBalancerFixture;
use super::hand::Hand;
use crate::provider::{Applied, ErrorKind, Fence, SetSplit};
use crate::testkit::bench::{Bench, possible, stimulus};
use crate::testkit::result::{Checked, ensure, skip};
use crate::testkit::{ClauseResult, Fate};
use crate::value::Split;

/// LB-6: lets writes be refused and lost in every way; one that answers `Applied::No` must never
/// show, also not after the late-effect bound.
pub async fn what_it_says_did_not_happen_never_happens(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let splits = [hand.some_green()?, Split::ALL_BLUE];
        let mut could = false;
        for (sequence, fate) in (1..).zip(Fate::ALL) {
            let before = hand.see().await?;
            // One that differs from what is there, so that its effect would show.
            let shown = before.agreed();
            let target = splits.into_iter().find(|split| Some(*split) != shown);
            if !possible(fixture.doom_next_write(fate).await)? {
                continue;
            }
            could = true;
            let cx = hand.bench.write(sequence);
            let answer = hand.try_set(&cx, target.unwrap_or(Split::ALL_GREEN)).await;
            hand.bench.let_pass(hand.late()).await?;
            if let Some(Err(error)) = answer
                && error.applied() == Applied::No
            {
                let after = hand.see().await?;
                ensure(after == before, || {
                    format!(
                        "a write ({fate:?}) answered \"{error}\" with Applied::No, and took \
                         effect: \"{after}\""
                    )
                })?;
            }
        }
        if could { Ok(()) } else { skip("the fixture cannot decide the fate of a write") }
    };
    check.await.into()
}

/// LB-7: makes a write as late as it can be. With a bound: nothing changes once the bound has
/// passed. With a fence: it never lands on top of a newer write.
pub async fn no_write_lands_too_late(fixture: &dyn LoadBalancerFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        stimulus(fixture.doom_next_write(Fate::Late).await)?;
        let sent_at = hand.bench.clock.monotonic();
        let cx = hand.bench.write(1);
        drop(hand.try_set(&cx, hand.some_green()?).await);
        let fenced = match hand.fence() {
            Fence::PerOperation | Fence::Conditional => true,
            Fence::Late { .. } => false,
        };
        if fenced {
            hand.set(&hand.bench.write(2), Split::ALL_GREEN).await?;
        } else {
            let passed = hand.bench.clock.monotonic().saturating_sub(sent_at);
            hand.bench.let_pass(hand.late().saturating_sub(passed)).await?;
        }
        let settled = hand.see().await?;
        hand.bench.watch().await?;
        let later = hand.see().await?;
        ensure(settled == later, || {
            format!("a late write changed \"{settled}\" to \"{later}\" when it should be over")
        })
    };
    check.await.into()
}

/// LB-8: with [`Fence::PerOperation`], writes with older tokens: an earlier epoch, then an earlier
/// sequence.
pub async fn a_stale_token_is_refused(fixture: &dyn LoadBalancerFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        match hand.fence() {
            Fence::PerOperation => {}
            Fence::Conditional | Fence::Late { .. } => {
                return skip("it does not claim Fence::PerOperation");
            }
        }
        let newest = hand.some_green()?;
        hand.set(&hand.bench.write(5), newest).await?;
        let older = [
            ("an earlier epoch", hand.bench.write_in(Bench::earlier_epoch(), 9)),
            ("an earlier sequence", hand.bench.write(4)),
        ];
        for (what, cx) in older {
            let call = hand.balancer.set_split(&cx, SetSplit::new(Split::ALL_BLUE));
            let what = format!("a write of {what}");
            hand.bench.refused(&what, ErrorKind::Conflict, call).await?;
            hand.bench.settle().await?;
            hand.shows(newest, &format!("after {what}")).await?;
        }
        Ok(())
    };
    check.await.into()
}

/// LB-10: drops reads and writes at several moments, waits out the late-effect bound, and uses
/// the balancer.
pub async fn a_dropped_call_leaves_it_usable(fixture: &dyn LoadBalancerFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let split = hand.some_green()?;
        drop_reads(&hand).await;
        let write = |place| {
            let (balancer, cx) = (&hand.balancer, hand.bench.write(place + 1));
            async move { balancer.set_split(&cx, SetSplit::new(split)).await }
        };
        let used = hand.bench.drop_each(write).await;
        hand.bench.let_pass(hand.late()).await?;
        for (sequence, split) in (used + 1..).zip([Split::ALL_GREEN, Split::ALL_BLUE]) {
            hand.set(&hand.bench.write(sequence), split).await?;
            hand.shows(split, "after calls were dropped").await?;
        }
        Checked::Ok(())
    };
    check.await.into()
}

async fn drop_reads(hand: &Hand<'_>) {
    let read = |_| {
        let (balancer, cx) = (&hand.balancer, hand.bench.read());
        async move { balancer.read_split(&cx).await }
    };
    hand.bench.drop_each(read).await;
}
