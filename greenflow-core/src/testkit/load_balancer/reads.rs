//! LB-1 and LB-9: what is read.

use std::collections::BTreeSet;

use super::hand::Hand;
use super::{LoadBalancerFixture, OtherHand};
use crate::testkit::ClauseResult;
use crate::testkit::bench::{possible, stimulus};
use crate::testkit::result::{Checked, ensure, skip};
use crate::value::{RouteId, Split};

/// LB-1: reads several times, and compares the routes with those that the fixture knows.
pub async fn every_route_is_read_in_a_stable_order(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let order = routes(&hand).await?;
        let known: BTreeSet<RouteId> = fixture.routes().into_iter().collect();
        let read: BTreeSet<RouteId> = order.iter().cloned().collect();
        ensure(read.len() == order.len(), || format!("a route is read twice: {order:?}"))?;
        ensure(read == known, || format!("read {read:?}, but the routes are {known:?}"))?;
        hand.set(&hand.bench.write(1), hand.some_green()?).await?;
        let again = routes(&hand).await?;
        ensure(again == order, || format!("the order changed from {order:?} to {again:?}"))
    };
    check.await.into()
}

/// LB-1: hides one route; the rest is no answer, and nothing is filled in.
pub async fn a_route_it_cannot_read_is_an_error(fixture: &dyn LoadBalancerFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        stimulus(fixture.hide_one_route().await)?;
        let cx = hand.bench.read();
        match hand.bench.outcome(hand.balancer.read_split(&cx)).await {
            None | Some(Err(_)) => Ok(()),
            Some(Ok(seen)) => ensure(seen.agreed().is_none(), || {
                format!("a route could not be read, and the answer is \"{seen}\"")
            }),
        }
    };
    check.await.into()
}

/// LB-9: lets somebody else set an ordinary split, and weights that no split can say.
pub async fn what_another_hand_set_is_read_as_it_is(
    fixture: &dyn LoadBalancerFixture,
) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        hand.set(&hand.bench.write(1), hand.some_green()?).await?;
        let mut could = false;
        for split in [Split::ALL_GREEN, Split::ALL_BLUE] {
            if possible(fixture.set_by_another_hand(OtherHand::Split(split)).await)? {
                could = true;
                hand.bench.settle().await?;
                hand.shows(split, "after somebody else set it").await?;
            }
        }
        if possible(fixture.set_by_another_hand(OtherHand::Foreign).await)? {
            could = true;
            hand.bench.settle().await?;
            let seen = hand.see().await?;
            for route in &seen.routes {
                ensure(route.split.is_none(), || {
                    format!("weights that no split can say are read as one: \"{seen}\"")
                })?;
                ensure(!route.description.trim().is_empty(), || {
                    "foreign weights are read without a description".to_owned()
                })?;
            }
        }
        if could { Ok(()) } else { skip("the fixture cannot set the split by another hand") }
    };
    check.await.into()
}

async fn routes(hand: &Hand<'_>) -> Checked<Vec<RouteId>> {
    Ok(hand.see().await?.routes.into_iter().map(|route| route.route).collect())
}
