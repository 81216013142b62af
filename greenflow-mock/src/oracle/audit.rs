//! All oracles, beside a world and a journal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use greenflow_core::fact::Entry;
use greenflow_core::fact::frame::Chain;
use greenflow_core::value::RolloutId;

use super::{Given, Jury, RunOver, Violation};
use crate::world::Truth;
use crate::{MemoryJournal, StoreAct, World};

/// All oracles, told of every event of a world and every fact of one rollout, in their order.
///
/// Facts are told at the next event of the world, with the time at which they were stored: a write
/// reaches the world only after its intent is durable, so nothing is told in the wrong order.
#[derive(Clone, Debug)]
pub struct Audit {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    jury: Jury,
    journal: MemoryJournal,
    rollout: RolloutId,
    chain: Chain,
    stored: usize,
    /// What was told since the journal was read last.
    told: Vec<Arc<Entry>>,
}

impl Audit {
    /// Watches a rollout in a world from now on.
    #[must_use]
    pub fn attach(
        world: &World,
        journal: &MemoryJournal,
        rollout: &RolloutId,
        given: Given,
    ) -> Self {
        let (journal, rollout, chain) = (journal.clone(), rollout.clone(), Chain::of(rollout));
        let inner =
            Inner { jury: Jury::new(given), journal, rollout, chain, stored: 0, told: Vec::new() };
        inner.journal.watch();
        let audit = Self { inner: Arc::new(Mutex::new(inner)) };
        let watching = audit.clone();
        world.observe(move |truth| watching.lock().event(truth));
        audit
    }

    /// Says anew what the world was made to do.
    pub fn given(&self, given: Given) {
        self.lock().jury.given(given);
    }

    /// Takes what is stored by now, as before it is damaged: a fact that cannot be read any more was
    /// there for the call that relied on it.
    pub(crate) fn catch_up(&self, at: Duration) {
        self.lock().catch_up(at);
    }

    /// Tells how a controller's run of this rollout was over, at this time.
    pub fn over(&self, at: Duration, over: &RunOver) {
        let mut inner = self.lock();
        inner.catch_up(at);
        inner.jury.over(over);
    }

    /// Takes a fact as whoever drives this rollout tells that it is durable. What is stored must read
    /// the same (S45): all else is lost with its controller.
    pub fn told(&self, entry: Arc<Entry>) {
        self.lock().told.push(entry);
    }

    /// Notes what was found broken by other means.
    pub fn note(&self, violation: Violation) {
        self.lock().jury.note(violation);
    }

    /// Returns everything that was broken so far, without what only an end can break: for a rollout
    /// that nobody can drive any more.
    #[must_use]
    pub fn broken(&self, at: Duration) -> Vec<Violation> {
        let mut inner = self.lock();
        inner.catch_up(at);
        let stored = inner.journal.events_after(inner.stored);
        inner.stored += stored.len();
        inner.jury.acts(&[], &stored);
        inner.jury.violations().to_vec()
    }

    /// Ends the watch and returns everything that was broken.
    #[must_use]
    pub fn finish(&self, at: Duration) -> Vec<Violation> {
        let mut inner = self.lock();
        inner.catch_up(at);
        let stored = inner.journal.events_after(inner.stored);
        inner.jury.acts(&[], &stored);
        inner.jury.finish(at)
    }

    /// Returns every fact that was told.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().jury.story().entries.clone()
    }

    /// Takes out the facts that were told, if they are all that the journal holds.
    pub(crate) fn into_entries(self) -> Option<Vec<Entry>> {
        let mut inner = self.lock();
        let stored = inner.journal.frames(&inner.rollout).len();
        let entries = inner.jury.take_entries();
        (entries.len() == stored).then_some(entries)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn event(&mut self, truth: &Truth) {
        self.catch_up(truth.at);
        let stored = self.journal.events_after(self.stored);
        self.stored += stored.len();
        self.jury.acts(&truth.sent, &stored);
        // Nobody may touch a world whose facts are damaged, so nobody answers for it.
        if !self.journal.is_damaged(&self.rollout) {
            self.jury.truth(truth);
        }
    }

    /// Tells every fact that has become durable until now.
    fn catch_up(&mut self, now: Duration) {
        let times = self.times();
        let Self { jury, journal, rollout, chain, .. } = self;
        let read = usize::try_from(chain.head()).unwrap_or(usize::MAX);
        for stored in journal.frames_after(rollout, read) {
            jury.now(times.get(&chain.head()).copied().unwrap_or(now));
            match chain.read(&stored) {
                Ok(entry) => jury.fact(entry),
                Err(_) if journal.is_damaged(rollout) => return,
                Err(error) => {
                    jury.note(Violation::new("S45", now, error.to_string()));
                    return;
                }
            }
        }
        self.jury.now(now);
        self.compare(now);
    }

    /// Returns when each fact was stored that has not been told, by how many came before it.
    fn times(&self) -> BTreeMap<u64, Duration> {
        let mut times = BTreeMap::new();
        for event in self.journal.events_after(self.stored) {
            if let StoreAct::Appended { after, frames, .. } = event.act
                && event.rollout == self.rollout
            {
                times.extend((after..after + frames).map(|place| (place, event.at)));
            }
        }
        times
    }

    /// Compares what was told with what is stored, unless that was damaged since.
    fn compare(&mut self, now: Duration) {
        let told = std::mem::take(&mut self.told);
        if self.journal.is_damaged(&self.rollout) {
            return;
        }
        for told in told {
            let place = usize::try_from(told.sequence).unwrap_or(usize::MAX).saturating_sub(1);
            let stored = self.jury.story().entries.get(place);
            if stored != Some(told.as_ref()) {
                let what = format!("{told:?} was told, and {stored:?} is stored");
                self.jury.note(Violation::new("S45", now, what));
            }
        }
    }
}
