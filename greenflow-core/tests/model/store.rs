//! The journal that both controllers share, and its lease.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use greenflow_core::fact::{Entry, Fact};

use super::action::Who;
use super::print::debug_hash;

/// The facts, and who may write more.
#[derive(Clone)]
pub(crate) struct Store {
    entries: Vec<Arc<Entry>>,
    print: u64,
    pub(crate) epoch: u64,
    pub(crate) owner: Option<Who>,
    /// When the lease runs out; `None` while its owner runs and renews it.
    pub(crate) until: Option<u64>,
}

/// An append that was refused: another controller wrote, or holds the lease.
#[derive(Debug)]
pub(crate) struct Refused;

impl Store {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new(), print: 0, epoch: 1, owner: Some(Who::A), until: None }
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().map(|entry| &**entry)
    }

    pub(crate) fn facts(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.entries().map(|entry| &entry.fact)
    }

    pub(crate) fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Appends if nobody else has written meanwhile, nor may.
    pub(crate) fn append(&mut self, entry: Entry, compare: bool) -> Result<(), Refused> {
        let next = self.head() + 1;
        if compare && (entry.epoch != self.epoch || entry.sequence != next) {
            return Err(Refused);
        }
        let mut hasher = DefaultHasher::new();
        (self.print, debug_hash(&entry)).hash(&mut hasher);
        self.print = hasher.finish();
        self.entries.push(Arc::new(entry));
        Ok(())
    }

    pub(crate) fn is_held_by(&self, who: Who, epoch: u64, now: u64) -> bool {
        self.owner == Some(who) && self.epoch == epoch && self.until.is_none_or(|end| now < end)
    }

    pub(crate) fn is_free(&self, now: u64) -> bool {
        self.until.is_some_and(|end| end <= now)
    }

    pub(crate) fn claim(&mut self, who: Who) -> u64 {
        self.epoch += 1;
        (self.owner, self.until) = (Some(who), None);
        self.epoch
    }
}

impl Hash for Store {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.print, self.epoch, self.owner, self.until).hash(state);
    }
}
