//! CO-1, CO-4 and CO-5: what is read.

use super::ComputeFixture;
use super::hand::{CAPACITY, Hand};
use crate::testkit::ClauseResult;
use crate::testkit::bench::{possible, stimulus};
use crate::testkit::result::{ensure, made};
use crate::value::{Digest, Side};

/// CO-1: compares both sides with what the fixture knows, then again after another hand has
/// scaled blue.
pub async fn both_sides_are_read_as_they_are(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let sides = hand.see().await?;
        let targets = fixture.blue_targets();
        ensure(sides.blue.desired == targets, || {
            format!("blue has {targets} targets, and is read with {}", sides.blue.desired)
        })?;
        ensure(sides.blue.digests == [fixture.blue_digest()], || {
            format!("blue runs {:?}, read {:?}", fixture.blue_digest(), sides.blue.digests)
        })?;
        ensure(!sides.blue.resources.is_empty(), || "blue is read without resources".to_owned())?;
        let nothing = sides.green.resources.is_empty() && sides.green.healthy == 0;
        ensure(nothing, || format!("green is not there, and is read as {:?}", sides.green))?;
        if possible(fixture.scale_by_another_hand(Side::Blue, targets + 1).await)? {
            hand.bench.settle().await?;
            let read = hand.see().await?.blue.desired;
            ensure(read == targets + 1, || {
                format!("somebody gave blue {} targets, and it is read with {read}", targets + 1)
            })?;
        }
        Ok(())
    };
    check.await.into()
}

/// CO-4: counts green's healthy targets once started, when none of them answers, and after.
pub async fn only_what_would_answer_is_healthy(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        hand.start_green(&hand.bench.write(1)).await?;
        let healthy = hand.see().await?.green.healthy;
        ensure(healthy == CAPACITY, || {
            format!("{CAPACITY} targets of green have started, and {healthy} are read as healthy")
        })?;
        stimulus(fixture.break_targets(Side::Green).await)?;
        hand.bench.settle().await?;
        let healthy = hand.see().await?.green.healthy;
        ensure(healthy == 0, || {
            format!("no target of green answers, and {healthy} are read as healthy")
        })?;
        if possible(fixture.mend_targets(Side::Green).await)? {
            hand.bench.let_pass(fixture.startup()).await?;
            hand.bench.settle().await?;
            let healthy = hand.see().await?.green.healthy;
            ensure(healthy == CAPACITY, || {
                format!("{CAPACITY} targets of green answer again, and {healthy} are healthy")
            })?;
        }
        Ok(())
    };
    check.await.into()
}

/// CO-5: lets a target of green run something else; both digests are named, each once.
pub async fn digests_are_what_really_runs(fixture: &dyn ComputeFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        hand.start_green(&hand.bench.write(1)).await?;
        let right = fixture.revision().digest;
        let read = hand.see().await?.green.digests;
        ensure(read == [right.clone()], || format!("green runs {right:?}, read {read:?}"))?;
        let other = made(Digest::new(format!("sha256:{}", "f".repeat(64))))?;
        stimulus(fixture.run_another_digest(Side::Green, other.clone()).await)?;
        hand.bench.settle().await?;
        let mut read = hand.see().await?.green.digests;
        read.sort();
        let mut really = vec![right, other];
        really.sort();
        ensure(read == really, || format!("green runs {really:?}, read {read:?}"))
    };
    check.await.into()
}
