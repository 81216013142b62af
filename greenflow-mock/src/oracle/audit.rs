//! All oracles, beside a world and a journal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use greenflow_core::fact::Entry;
use greenflow_core::value::RolloutId;

use super::{Given, Oracle, Story, Violation, all};
use crate::world::Truth;
use crate::{MemoryJournal, World};

/// All oracles, told of every event of a world and every fact of one rollout, in their order.
///
/// Facts are told at the next event of the world: a write reaches the world only after its intent
/// is durable, so nothing is told in the wrong order.
#[derive(Clone, Debug)]
pub struct Audit {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    oracles: Vec<Box<dyn Oracle>>,
    journal: MemoryJournal,
    rollout: RolloutId,
    read: usize,
    story: Story,
    violations: Vec<Violation>,
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
        let inner = Inner {
            oracles: all(),
            journal: journal.clone(),
            rollout: rollout.clone(),
            read: 0,
            story: Story::new(given),
            violations: Vec::new(),
        };
        let audit = Self { inner: Arc::new(Mutex::new(inner)) };
        let watching = audit.clone();
        world.observe(move |truth| watching.lock().event(truth));
        audit
    }

    /// Ends the watch and returns everything that was broken.
    #[must_use]
    pub fn finish(&self, at: Duration) -> Vec<Violation> {
        let mut inner = self.lock();
        inner.story.now = at;
        inner.catch_up();
        let Inner { oracles, story, violations, .. } = &mut *inner;
        for oracle in oracles {
            let found = oracle.at_end(story);
            note(violations, oracle.id(), story.now, found);
        }
        violations.clone()
    }

    /// Returns every fact that was told.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().story.entries.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn event(&mut self, truth: &Truth) {
        self.story.now = truth.at;
        self.catch_up();
        let Self { oracles, story, violations, .. } = self;
        for oracle in oracles {
            let found = oracle.truth(story, truth);
            note(violations, oracle.id(), truth.at, found);
        }
        story.add_truth(truth);
    }

    /// Tells every fact that has become durable since.
    fn catch_up(&mut self) {
        let Self { oracles, journal, rollout, read, story, violations } = self;
        for stored in journal.frames_after(rollout, *read) {
            *read += 1;
            let entry = match Entry::from_frame(&stored) {
                Ok(entry) => entry,
                Err(error) => {
                    violations.push(Violation::new("S45", story.now, error.to_string()));
                    continue;
                }
            };
            for oracle in &mut *oracles {
                let found = oracle.fact(story, &entry);
                note(violations, oracle.id(), story.now, found);
            }
            story.add_fact(entry);
        }
    }
}

/// The first of each kind is enough: what follows from a broken guarantee says little.
fn note(
    violations: &mut Vec<Violation>,
    id: &'static str,
    at: Duration,
    found: Result<(), String>,
) {
    if let Err(what) = found
        && !violations.iter().any(|old| old.id == id)
    {
        violations.push(Violation::new(id, at, what));
    }
}
