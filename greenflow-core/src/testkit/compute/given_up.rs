//! CO-11: sides that will not come up.

use super::ComputeFixture;
use super::hand::{CAPACITY, Hand};
use crate::provider::SideState;
use crate::testkit::ClauseResult;
use crate::testkit::bench::{possible, stimulus};
use crate::testkit::result::{Checked, ensure};
use crate::value::Side;

/// CO-11: starts a green that the platform gives up, and reads that.
pub async fn a_start_given_up_is_said(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        stimulus(fixture.let_the_start_fail().await)?;
        hand.start_green(&hand.bench.write(1)).await?;
        hand.bench.settle().await?;
        let sides = hand.see().await?;
        ensure(sides.green.given_up.is_some(), || {
            format!("the platform has given green up, and it is read as {:?}", sides.green)
        })?;
        may_start(Side::Blue, &sides.blue)
    };
    check.await.into()
}

/// CO-11: reads both sides while green starts, once it has, and when none of its targets answers:
/// they may again.
pub async fn what_may_still_start_is_not_given_up(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        hand.provision(&hand.bench.write(1), CAPACITY).await?;
        neither(&hand).await?;
        hand.bench.let_pass(fixture.startup()).await?;
        neither(&hand).await?;
        if possible(fixture.break_targets(Side::Green).await)? {
            hand.bench.settle().await?;
            neither(&hand).await?;
        }
        Ok(())
    };
    check.await.into()
}

async fn neither(hand: &Hand<'_>) -> Checked {
    let sides = hand.see().await?;
    may_start(Side::Blue, &sides.blue)?;
    may_start(Side::Green, &sides.green)
}

fn may_start(side: Side, state: &SideState) -> Checked {
    ensure(state.given_up.is_none(), || {
        format!("{side} may still come up, and is read as given up: {:?}", state.given_up)
    })
}
