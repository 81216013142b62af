//! MS-1 to MS-7.

use std::time::Duration;

use super::hand::{Hand, of, requests};
use super::{MetricFixture, Served};
use crate::provider::{ErrorKind, IntervalSample};
use crate::testkit::ClauseResult;
use crate::testkit::bench::stimulus;
use crate::testkit::result::{Checked, ensure, fail};
use crate::value::{Side, WallTime};

/// MS-1: compares the interval and the sum of an answer with what was asked for and served.
pub async fn the_answer_says_what_it_covers(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let served = hand.serve(Side::Blue).await?;
        hand.complete().await?;
        let sample = hand.sample(served.start, served.end).await?;
        lies_within(&sample, served.start, served.end)?;
        let counted = requests(&sample);
        let whole = sample.start == served.start && sample.end == served.end;
        let right = if whole { counted == served.requests } else { counted <= served.requests };
        ensure(right && counted > 0, || {
            format!("{} requests were served, and {counted} are counted", served.requests)
        })
    };
    check.await.into()
}

/// MS-2: asks for an interval in two parts; together they never exceed what was served.
pub async fn nothing_is_counted_twice(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let Served { start, end, requests: really } = hand.serve(Side::Blue).await?;
        hand.complete().await?;
        let middle = start.after(end.since(start) / 2);
        let first = hand.sample(start, middle).await?;
        let second = hand.sample(middle, end).await?;
        let counted = requests(&first) + requests(&second);
        ensure(counted <= really, || {
            format!("{really} requests were served, and {counted} are counted in two intervals")
        })
    };
    check.await.into()
}

/// MS-3: loses the measurements; a side is then not known, or the answer is an error, never 0.
pub async fn what_is_missing_is_not_zero(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        stimulus(fixture.lose_measurements().await)?;
        let served = hand.serve(Side::Blue).await?;
        hand.complete().await?;
        match hand.ask(served.start, served.end).await? {
            Err(_) => Ok(()),
            Ok(sample) => ensure(sample.blue.is_none() && sample.green.is_none(), || {
                format!("there are no measurements, and the answer is {sample:?}")
            }),
        }
    };
    check.await.into()
}

/// MS-4: compares errors and slow requests with all of them.
pub async fn a_part_is_not_larger_than_the_whole(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let served = hand.serve(Side::Blue).await?;
        hand.complete().await?;
        let sample = hand.sample(served.start, served.end).await?;
        for side in [&sample.blue, &sample.green].into_iter().flatten() {
            ensure(side.errors <= side.requests, || {
                format!("{} errors in {} requests", side.errors, side.requests)
            })?;
            for slower in &side.slower {
                ensure(slower.count <= side.requests, || {
                    format!("{} slow requests of {}", slower.count, side.requests)
                })?;
            }
        }
        Ok(())
    };
    check.await.into()
}

/// MS-5: lets one side serve all, then the other; nothing is filed under the one that did not.
pub async fn counts_are_of_the_side_that_answered(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        for side in [Side::Blue, Side::Green] {
            let served = hand.serve(side).await?;
            hand.complete().await?;
            let sample = hand.sample(served.start, served.end).await?;
            let (own, other) = (of(&sample, side), of(&sample, side.other()));
            ensure(own > 0 && other == 0, || {
                format!(
                    "{side} served all requests: {own} are counted for it, {other} for the other"
                )
            })?;
        }
        Ok(())
    };
    check.await.into()
}

/// MS-6: asks for an interval that ends in a minute.
pub async fn an_interval_that_is_not_complete_is_not_counted(
    fixture: &dyn MetricFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let served = hand.serve(Side::Blue).await?;
        let answer = hand.ask(served.start, served.end.after(Duration::from_secs(60))).await?;
        let complete = hand.bench.clock.wall().before(hand.metrics.capabilities().delay);
        match answer {
            Ok(sample) => ensure(sample.end <= complete, || {
                format!("complete until {complete:?}, answered until {:?}", sample.end)
            }),
            Err(error) if error.kind() == ErrorKind::Unavailable => Ok(()),
            Err(error) => fail(format!("the refusal is \"{}\", not \"unavailable\"", error.kind())),
        }
    };
    check.await.into()
}

/// MS-7: asks for a metric that there is not.
pub async fn an_unknown_metric_is_absent(fixture: &dyn MetricFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let served = hand.serve(Side::Blue).await?;
        hand.complete().await?;
        let sample = hand.sample(served.start, served.end).await?;
        let asked = Hand::request(served.start, served.end)?.metrics;
        for side in [&sample.blue, &sample.green].into_iter().flatten() {
            for name in &asked {
                let there = side.events.contains_key(name) || side.gauges.contains_key(name);
                ensure(!there, || format!("there is no metric {name}, and the answer has it"))?;
            }
        }
        Ok(())
    };
    check.await.into()
}

fn lies_within(sample: &IntervalSample, start: WallTime, end: WallTime) -> Checked {
    let within = sample.start >= start && sample.end <= end && sample.start <= sample.end;
    ensure(within, || {
        let (from, until) = (sample.start, sample.end);
        format!("asked for {start:?} to {end:?}, and the answer covers {from:?} to {until:?}")
    })
}
