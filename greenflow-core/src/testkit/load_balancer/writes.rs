//! LB-2 to LB-5: what a write does when nothing goes wrong.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::LoadBalancerFixture;
use super::hand::Hand;
use crate::provider::{ErrorKind, Granularity, ObservedSplit, SetSplit};
use crate::testkit::ClauseResult;
use crate::testkit::bench::Bench;
use crate::testkit::result::{Checked, ensure, made, skip};
use crate::testkit::wait::{all, both};
use crate::value::{Split, Weight};

/// LB-2: sets 10, 50, 100 and 0 % (those it can represent), and reads each back.
pub async fn what_was_set_is_read(fixture: &dyn LoadBalancerFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        for (sequence, split) in (1..).zip(hand.splits(&[10, 50, 100, 0])?) {
            hand.set(&hand.bench.write(sequence), split).await?;
            hand.shows(split, "after it was set").await?;
        }
        Ok(())
    };
    check.await.into()
}

/// LB-3: repeats a write with the same effect, as a second and third attempt.
pub async fn a_repeat_changes_nothing_and_succeeds(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let split = hand.some_green()?;
        for attempt in 1..=3 {
            hand.set(&hand.bench.write(1).attempt(attempt), split).await?;
            hand.shows(split, &format!("after attempt {attempt} of the same effect")).await?;
        }
        Ok(())
    };
    check.await.into()
}

/// LB-3: a later controller repeats a write after which another one was sent.
pub async fn a_repeat_that_may_leave_is_no_receipt(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let newer = hand.some_green()?;
        hand.set(&hand.bench.write(1), Split::ALL_BLUE).await?;
        hand.set(&hand.bench.write(2), newer).await?;
        let cx = hand.bench.write_in(Bench::later_epoch(), 1).attempt(2);
        hand.set(&cx, Split::ALL_BLUE).await?;
        hand.shows(Split::ALL_BLUE, "after a later epoch repeated a write older than that").await
    };
    check.await.into()
}

/// LB-4: reads all the time while splits are written; each route shows one that was sent.
pub async fn no_reader_sees_a_split_that_was_not_sent(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let mut sent = vec![Split::ALL_BLUE];
        for (sequence, split) in (1..).zip(hand.splits(&[10, 100, 0])?) {
            sent.push(split);
            let done = AtomicBool::new(false);
            let write = async {
                let cx = hand.bench.write(sequence);
                let call = hand.balancer.set_split(&cx, SetSplit::new(split));
                let answer = hand.bench.ok("set_split", call).await;
                done.store(true, Ordering::Release);
                answer
            };
            // Several readers, at different moments: a read takes its time too.
            let read = all((0..READERS).map(|place| {
                let (hand, sent, done) = (&hand, &sent, &done);
                async move {
                    hand.bench.let_pass(PAUSE * place).await?;
                    while !done.load(Ordering::Acquire) {
                        was_sent(sent, &hand.see().await?)?;
                        hand.bench.let_pass(PAUSE).await?;
                    }
                    hand.bench.settle().await?;
                    was_sent(sent, &hand.see().await?)
                }
            }));
            let (written, read) = both(write, read).await;
            written?;
            read.into_iter().collect::<Checked<()>>()?;
        }
        Ok(())
    };
    check.await.into()
}

/// LB-5: sends a split that is finer than the declared granularity.
pub async fn what_it_cannot_represent_it_refuses(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let odd = match hand.balancer.capabilities().granularity {
            Granularity::Steps { basis_points: 0 | 1 } => {
                return skip("it can represent every split");
            }
            Granularity::Steps { basis_points } => basis_points + 1,
            Granularity::Whole => 5000,
        };
        let odd = Split::to_green(made(Weight::from_basis_points(odd.min(9_999)))?);
        let before = hand.some_green()?;
        hand.set(&hand.bench.write(1), before).await?;
        let cx = hand.bench.write(2);
        let call = hand.balancer.set_split(&cx, SetSplit::new(odd));
        let what = format!("set_split to \"{odd}\"");
        hand.bench.refused(&what, ErrorKind::InvalidRequest, call).await?;
        hand.bench.settle().await?;
        hand.shows(before, "after a split was refused").await
    };
    check.await.into()
}

fn was_sent(sent: &[Split], seen: &ObservedSplit) -> Checked {
    let known = |split: Option<Split>| split.is_some_and(|split| sent.contains(&split));
    ensure(seen.routes.iter().all(|route| known(route.split)), || {
        format!("while splits were written, a reader saw \"{seen}\", which nobody sent")
    })
}

/// Between two reads of a reader, and between the readers.
const PAUSE: Duration = Duration::from_millis(5);
const READERS: u32 = 12;
