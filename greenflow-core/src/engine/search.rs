//! Looking for rollouts that nobody drives, and claiming them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Engine;
use super::claim::{DEADLINE as CLAIM_DEADLINE, no_answer};
use super::execute::Backoff;
use super::handle::{self, Ends, Handle};
use super::lease::Asked;
use super::runs::Place;
use super::time::within;
use super::troubles::{NO_EPOCH, refuse};
use crate::provider::{Claim, JournalError, Lease, ListFilter, Summary};
use crate::value::RolloutId;

/// Looks again and again for rollouts that nobody drives, and claims them one by one.
pub(super) struct Search {
    engine: Engine,
    slots: Arc<Semaphore>,
    pauses: Backoff,
    next_round: Duration,
    /// A controller that begins also takes back what it held when it ended.
    first_round: bool,
    /// What the last round found and nobody has claimed yet.
    found: VecDeque<RolloutId>,
    /// The last one that was claimed: the next round goes on behind it.
    last: Option<RolloutId>,
    work: Option<BoxFuture<'static, Work>>,
}

/// A rollout whose lease was just taken.
pub(super) struct Taken {
    pub(super) handle: Handle,
    pub(super) ends: Ends,
    pub(super) place: Place,
    pub(super) lease: Lease,
    /// When the lease was asked for.
    pub(super) sent: Asked,
    pub(super) slot: OwnedSemaphorePermit,
}

/// What a piece of work came to.
enum Work {
    Listed(Result<Vec<RolloutId>, JournalError>),
    Claimed(Box<Taken>),
    /// Another controller was faster, or it cannot be claimed.
    NotClaimed,
    /// The store cannot be reached.
    Away,
}

impl Search {
    pub(super) fn new(engine: Engine) -> Self {
        let every = engine.times.renew;
        let pauses = pauses(&engine, every);
        Self {
            engine,
            slots: Arc::new(Semaphore::new(AT_MOST)),
            pauses,
            next_round: Duration::ZERO,
            first_round: true,
            found: VecDeque::new(),
            last: None,
            work: None,
        }
    }

    /// Changes how often to look, at most.
    pub(super) fn set_every(&mut self, every: Duration) {
        self.pauses = pauses(&self.engine, every.max(EVERY_MIN));
    }

    /// Changes how many rollouts may be driven at a time.
    pub(super) fn set_at_most(&mut self, at_most: usize) {
        self.slots = Arc::new(Semaphore::new(at_most.min(Semaphore::MAX_PERMITS)));
    }

    /// Returns a slot if one is free.
    pub(super) fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Waits for the next rollout that was found and claimed.
    ///
    /// # Cancel safety
    /// Dropping this future leaves a call to the store under way, to be awaited next time.
    pub(super) async fn next(&mut self) -> Taken {
        let clock = Arc::clone(&self.engine.clock);
        loop {
            if let Some(work) = &mut self.work {
                let done = work.await;
                self.work = None;
                if let Some(taken) = self.worked(done) {
                    return taken;
                }
            } else if let Some(rollout) = self.next_found() {
                // What was found goes before another look: a slow store must not keep it for ever.
                tokio::select! { biased;
                    slot = Arc::clone(&self.slots).acquire_owned() => {
                        self.found.pop_front();
                        if let Ok(slot) = slot {
                            self.work = Some(take(self.engine.clone(), rollout, slot).boxed());
                        }
                    }
                    () = clock.sleep_until(self.next_round) => self.look(),
                }
            } else {
                clock.sleep_until(self.next_round).await;
                self.look();
            }
        }
    }

    /// Begins the next round.
    fn look(&mut self) {
        self.work = Some(list(self.engine.clone(), self.first_round).map(Work::Listed).boxed());
    }

    fn worked(&mut self, done: Work) -> Option<Taken> {
        if matches!(done, Work::Listed(_)) {
            // From its end: one that takes longer than the pause would leave no time to claim.
            let pause = self.pauses.next_pause();
            self.next_round = self.engine.clock.monotonic().saturating_add(pause);
        }
        match done {
            Work::Listed(Ok(mut found)) => {
                self.first_round = false;
                // Where there is no room for all, everybody has a turn.
                let behind = |rollout: &RolloutId| Some(rollout) <= self.last.as_ref();
                found.sort_by_key(behind);
                self.found = found.into();
            }
            Work::Listed(Err(error)) => {
                tracing::warn!(%error, "cannot look for rollouts to take up");
            }
            Work::Claimed(taken) => {
                self.last = Some(taken.handle.rollout().clone());
                return Some(*taken);
            }
            Work::NotClaimed => {}
            // The rest would fare alike.
            Work::Away => self.found.clear(),
        }
        None
    }

    /// Returns the next one that was found and that no run of this engine has.
    fn next_found(&mut self) -> Option<RolloutId> {
        let now = self.engine.clock.monotonic();
        loop {
            let rollout = self.found.front()?;
            let is_ours = self.engine.runs.first(rollout).is_some();
            if !is_ours && self.engine.troubles.may_try(rollout, now) {
                return Some(rollout.clone());
            }
            self.found.pop_front();
        }
    }
}

/// Lists the rollouts that may be claimed, ordered by id. The first time also those that this
/// controller, by its name, still has from an earlier life.
async fn list(engine: Engine, first: bool) -> Result<Vec<RolloutId>, JournalError> {
    let claimable = ListFilter { unended: true, claimable: true, ..ListFilter::default() };
    let mut found = list_once(&engine, claimable).await?;
    if first {
        let unended = ListFilter { unended: true, ..ListFilter::default() };
        let is_ours = |summary: &Summary| summary.owner.as_ref() == Some(&engine.controller);
        found.extend(list_once(&engine, unended).await?.into_iter().filter(is_ours));
    }
    let mut found: Vec<_> = found.into_iter().map(|summary| summary.rollout).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

async fn list_once(engine: &Engine, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
    let call = engine.journal.list(filter);
    let answer = within(engine.clock.as_ref(), LIST_DEADLINE, call).await;
    answer.unwrap_or_else(|| Err(no_answer()))
}

/// Claims a rollout, once.
async fn take(engine: Engine, rollout: RolloutId, slot: OwnedSemaphorePermit) -> Work {
    let (handle, ends) = handle::pair(rollout.clone());
    let place = engine.runs.enter(handle.clone());
    let owner = place.owner(&engine.controller);
    let clock = engine.clock.as_ref();
    let sent = Asked::now(clock);
    let request = Claim { rollout, owner, ttl: engine.times.ttl };
    let answer = within(clock, CLAIM_DEADLINE, engine.journal.claim(request)).await;
    match answer.unwrap_or_else(|| Err(no_answer())) {
        Ok(lease) => Work::Claimed(Box::new(Taken { handle, ends, place, lease, sent, slot })),
        Err(JournalError::Held { .. } | JournalError::NotFound(_)) => Work::NotClaimed,
        Err(error @ JournalError::Unavailable { .. }) => {
            tracing::warn!(%error, "cannot claim");
            Work::Away
        }
        Err(error @ JournalError::Damaged(_)) => {
            refuse(&engine, handle.rollout(), NO_EPOCH, &error.into()).await;
            Work::NotClaimed
        }
        Err(
            error @ (JournalError::ServiceLocked { .. }
            | JournalError::Exists(_)
            | JournalError::Fenced { .. }
            | JournalError::Conflict { .. }),
        ) => {
            tracing::error!(%error, "cannot claim");
            engine.troubles.note(handle.rollout(), clock.monotonic());
            Work::NotClaimed
        }
    }
}

/// The pauses between rounds are drawn between three quarters of `every` and all of it, so that
/// controllers that began together do not all look at the same moment.
fn pauses(engine: &Engine, every: Duration) -> Backoff {
    Backoff::named(engine.controller.as_str(), every.saturating_mul(3) / 4, every)
}

/// How many rollouts a recovery drives at a time unless the host says otherwise.
const AT_MOST: usize = 1024;
/// A host that wants to look all the time must not keep its store from everything else.
const EVERY_MIN: Duration = Duration::from_millis(100);
const LIST_DEADLINE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{TestClock, TestJournal, TestWorld};
    use crate::provider::Clock as _;
    use crate::value::ControllerId;

    const SECOND: Duration = Duration::from_secs(1);

    /// A search in a journal with one rollout that an unknown controller has left.
    fn bench() -> (TestClock, TestJournal, TestWorld, Search) {
        let clock = TestClock::new();
        let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
        journal.state().owner = Some(ControllerId::new("gone").unwrap());
        let engine = Engine::single(world.providers(), journal.arc()).with_clock(clock.arc());
        (clock, journal, world, Search::new(engine))
    }

    #[test]
    fn a_listing_that_takes_longer_than_the_pause_is_followed_by_a_claim() {
        let (clock, journal, _, mut search) = bench();
        search.set_every(SECOND);
        journal.state().list_takes = 6 * SECOND;
        let taken = clock.run(search.next());
        assert_eq!(taken.handle.rollout().as_str(), "r");
        // Each of the first round's two listings takes its time.
        assert_eq!((journal.state().listed_at.len(), clock.now()), (2, 12 * SECOND));
    }

    #[test]
    fn a_pause_begins_when_the_listing_has_ended_and_is_never_nothing() {
        let (clock, journal, _, mut search) = bench();
        journal.state().owner = None;
        search.set_every(Duration::ZERO);
        journal.state().list_takes = 6 * SECOND;
        let begun = clock.run(async {
            tokio::select! { biased;
                _ = search.next() => None,
                () = clock.sleep_until(100 * SECOND) => Some(journal.state().listed_at.clone()),
            }
        });
        let begun = begun.unwrap();
        let pauses = begun.windows(2).skip(1).map(|two| two[1] - two[0] - 6 * SECOND);
        let (least, most) = (Duration::from_millis(75), Duration::from_millis(100));
        assert!(pauses.clone().all(|pause| (least..=most).contains(&pause)), "{begun:?}");
        assert!(pauses.count() > 10);
    }

    #[test]
    fn a_rollout_that_is_damaged_when_it_is_claimed_is_paged_once_and_tried_again() {
        let (clock, journal, world, mut search) = bench();
        journal.state().damaged = true;
        let mended = async {
            clock.sleep_until(1000 * SECOND).await;
            assert_eq!(world.state().notices.len(), 1);
            assert_eq!(world.state().notices[0].key.0, "r/journal-damaged/0");
            journal.state().damaged = false;
        };
        let (taken, ()) = clock.run(futures_util::future::join(search.next(), mended));
        assert_eq!(taken.handle.rollout().as_str(), "r");
        assert_eq!(world.state().notices.len(), 1);
    }
}
