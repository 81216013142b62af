//! JO-1 and JO-8: rollouts beside each other.

use super::JournalFixture;
use super::hand::{FREED, Hand, RUNNING, id};
use crate::provider::{JournalError, ListFilter, Rest, Summary};
use crate::testkit::ClauseResult;
use crate::testkit::result::{Checked, ensure, fail, made};
use crate::testkit::wait::both;
use crate::value::ServiceName;

/// JO-1: looks at the epoch of a new rollout, creates a second rollout on a locked service, reuses
/// an id, lets two race, and creates one after the first has ended, and one after another has given
/// its lock back and runs on.
pub async fn a_service_is_locked_by_one_rollout(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.create("r-1", "api").await?;
        ensure(first.token.epoch == 1, || {
            format!("a new rollout is at epoch {}, not 1", first.token.epoch)
        })?;
        loses(&hand, "r-2", "api", "r-1").await?;
        ensure(hand.read(&id("r-1")?).await?.len() == 1, || {
            "a create that lost changed the rollout that has the service".to_owned()
        })?;
        let request = hand.request("r-1", "web", "c-1")?;
        match hand.bench.answer("create", hand.journal.create(request)).await? {
            Err(JournalError::Exists(_)) => {}
            other => return fail(format!("r-1 exists, and its second create says {other:?}")),
        }
        race(&hand).await?;
        hand.end(&first.token, 1).await?;
        let fifth = hand.create("r-5", "api").await?;
        loses(&hand, "r-6", "api", "r-5").await?;
        match hand.try_append(&fifth.token, 1, 1, FREED).await? {
            Ok(()) => hand.create("r-7", "api").await?,
            Err(error) => return fail(format!("the append that gives a lock back: {error}")),
        };
        loses(&hand, "r-8", "api", "r-7").await
    };
    check.await.into()
}

/// Fails unless a create is refused because `holder` has the service, and has made nothing.
pub(super) async fn loses(hand: &Hand<'_>, rollout: &str, service: &str, holder: &str) -> Checked {
    let request = hand.request(rollout, service, "c-2")?;
    match hand.bench.answer("create", hand.journal.create(request)).await? {
        Err(JournalError::ServiceLocked { by, .. }) => ensure(by == id(holder)?, || {
            format!("{holder} has the service, and the refusal names {by}")
        })?,
        other => return fail(format!("{holder} has the service, and create says {other:?}")),
    }
    match hand.bench.answer("read", hand.journal.read(&id(rollout)?, 0, 1)).await? {
        Err(JournalError::NotFound(_)) => Ok(()),
        other => fail(format!("{rollout} was refused, and its read says {other:?}")),
    }
}

async fn race(hand: &Hand<'_>) -> Checked {
    let (a, b) = (hand.request("r-3", "race", "c-1")?, hand.request("r-4", "race", "c-2")?);
    let (a, b) = both(
        hand.bench.answer("create", hand.journal.create(a)),
        hand.bench.answer("create", hand.journal.create(b)),
    )
    .await;
    let won = u8::from(a?.is_ok()) + u8::from(b?.is_ok());
    ensure(won == 1, || format!("two creates raced for a service, and {won} succeeded"))
}

/// JO-8: creates rollouts in no order, ends one, releases one, and lists them by every filter.
pub async fn every_match_is_listed_by_id(fixture: &dyn JournalFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let over = hand.create("r-2", "api").await?;
        hand.end(&over.token, 1).await?;
        let kept = hand.create("r-3", "api").await?;
        hand.append(&kept.token, 1, 1).await?;
        let parked = hand.create("r-1", "web").await?;
        let rest = Rest { due_in: Some(std::time::Duration::ZERO), reached: None };
        let release = hand.journal.release(&parked.token, rest);
        hand.bench.ok("release", release).await?;

        let all = hand.list(ListFilter::default()).await?;
        names(&all, &["r-1", "r-2", "r-3"], "every rollout")?;
        let service = Some(made(ServiceName::new("api"))?);
        let of_api = hand.list(ListFilter { service, ..ListFilter::default() }).await?;
        names(&of_api, &["r-2", "r-3"], "those of a service")?;
        let unended = hand.list(ListFilter { unended: true, ..ListFilter::default() }).await?;
        names(&unended, &["r-1", "r-3"], "the unended")?;
        let filter = ListFilter { unended: true, claimable: true, service: None };
        names(&hand.list(filter).await?, &["r-1"], "the claimable")?;

        let Some(shown) = all.iter().find(|summary| summary.rollout == kept.token.rollout) else {
            return fail("r-3 is not listed");
        };
        let expected = Summary {
            rollout: id("r-3")?,
            service: made(ServiceName::new("api"))?,
            standing: RUNNING,
            head: 2,
            epoch: kept.token.epoch,
            owner: Some(kept.token.owner),
        };
        ensure(*shown == expected, || format!("r-3 is {expected:?}, and is listed as {shown:?}"))
    };
    check.await.into()
}

fn names(listed: &[Summary], expected: &[&str], what: &str) -> Checked {
    let listed: Vec<&str> = listed.iter().map(|summary| summary.rollout.as_str()).collect();
    ensure(listed == expected, || format!("{what}: {expected:?}, and {listed:?} is listed"))
}
