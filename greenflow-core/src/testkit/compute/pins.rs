//! CO-6: pins.

use super::ComputeFixture;
use super::hand::Hand;
use crate::testkit::ClauseResult;
use crate::testkit::bench::stimulus;
use crate::testkit::result::{Checked, ensure, skip};
use crate::value::Side;

/// CO-6: pins blue, reads the pin, takes it back, reads that.
pub async fn a_pin_is_shown_and_taken_back(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        can_pin(&hand)?;
        let targets = fixture.blue_targets();
        for (sequence, minimum) in [(1, Some(targets)), (2, None)] {
            hand.pin(&hand.bench.write(sequence), Side::Blue, minimum).await?;
            let read = hand.see().await?.blue.pinned_at;
            ensure(read == minimum, || {
                format!("blue was pinned at {minimum:?}, and is read as pinned at {read:?}")
            })?;
        }
        Ok(())
    };
    check.await.into()
}

/// CO-6: pins blue at what it has, and lets automation try to take it down.
pub async fn automation_stays_above_a_pin(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        can_pin(&hand)?;
        let targets = fixture.blue_targets();
        hand.pin(&hand.bench.write(1), Side::Blue, Some(targets)).await?;
        stimulus(fixture.let_automation_shrink(Side::Blue).await)?;
        hand.bench.settle().await?;
        let blue = hand.see().await?.blue;
        ensure(blue.desired >= targets && blue.healthy >= targets, || {
            format!(
                "blue is pinned at {targets}, and automation took it to {} ({} healthy)",
                blue.desired, blue.healthy
            )
        })
    };
    check.await.into()
}

/// CO-6: takes a target of blue by another hand, and pins blue at what it had.
pub async fn a_pin_gives_back_what_is_missing(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        can_pin(&hand)?;
        let targets = fixture.blue_targets();
        stimulus(fixture.scale_by_another_hand(Side::Blue, targets - 1).await)?;
        hand.bench.settle().await?;
        hand.pin(&hand.bench.write(1), Side::Blue, Some(targets)).await?;
        let desired = hand.see().await?.blue.desired;
        ensure(desired >= targets, || {
            format!(
                "blue had {} targets and was pinned at {targets}; it has {desired}",
                targets - 1
            )
        })?;
        hand.bench.let_pass(fixture.startup()).await?;
        let healthy = hand.see().await?.blue.healthy;
        ensure(healthy >= targets, || {
            format!("blue was pinned at {targets}, and {healthy} targets are healthy")
        })
    };
    check.await.into()
}

fn can_pin(hand: &Hand<'_>) -> Checked {
    if hand.compute.capabilities().pins { Ok(()) } else { skip("it does not claim pins") }
}
