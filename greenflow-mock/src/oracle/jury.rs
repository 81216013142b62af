//! All oracles around one story.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use greenflow_core::fact::Entry;

use super::{Given, Oracle, RunOver, Story, Violation, all};
use crate::provider::Operation;
use crate::world::{Sent, Truth};
use crate::{StoreAct, StoreEvent};

/// All oracles, told one story from its beginning, in its order. Tell it a journal alone, or a
/// journal and what the world did between its facts.
#[derive(Debug)]
pub struct Jury {
    oracles: Vec<Box<dyn Oracle>>,
    listeners: Listeners,
    story: Story,
    violations: Vec<Violation>,
}

impl Jury {
    /// Begins, with what the world was made to do.
    #[must_use]
    pub fn new(given: Given) -> Self {
        let oracles = all();
        let listeners = Listeners::all(oracles.len());
        Self { oracles, listeners, story: Story::new(given), violations: Vec::new() }
    }

    /// Returns what has been told so far.
    #[must_use]
    pub const fn story(&self) -> &Story {
        &self.story
    }

    /// Takes out every fact that was told, when the story has ended.
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.story.entries)
    }

    /// Says anew what the world was made to do.
    pub const fn given(&mut self, given: Given) {
        self.story.given = given;
    }

    /// Lets virtual time go on.
    pub fn now(&mut self, at: Duration) {
        self.story.now = at;
    }

    /// Tells a fact that has become durable.
    pub fn fact(&mut self, entry: Entry) {
        self.each(|to| &mut to.fact, |oracle, story| oracle.fact(story, &entry));
        self.story.add_fact(entry);
    }

    /// Tells an event of the world. Time has gone on to it before.
    pub fn truth(&mut self, truth: &Truth) {
        self.each(|to| &mut to.truth, |oracle, story| oracle.truth(story, truth));
        self.story.add_truth(truth);
    }

    /// Tells of a call that has left a controller.
    pub fn sent(&mut self, sent: &Sent) {
        self.each(
            |to| listening(&mut to.sent, sent.operation, &to.all),
            |oracle, story| oracle.sent(story, sent),
        );
    }

    /// Tells what the store did, for any rollout.
    pub fn stored(&mut self, event: &StoreEvent) {
        self.each(
            |to| listening(&mut to.stored, discriminant(&event.act), &to.all),
            |oracle, story| oracle.stored(story, event),
        );
        if self.story.is_ours(&event.rollout) {
            self.story.add_stored(event);
        }
    }

    /// Tells calls and what the store did, both in the order of their times. At the same moment
    /// what the store did goes first, but for what ends the right to a call: a lease that another
    /// takes, or that is given back, was still there when the call left.
    pub fn acts(&mut self, sent: &[Sent], stored: &[StoreEvent]) {
        let mut sent = sent.iter().peekable();
        for event in stored {
            let goes_first = |call: &&Sent| {
                call.at < event.at || (call.at == event.at && ends_the_right_to(event, call))
            };
            while let Some(call) = sent.next_if(goes_first) {
                self.sent(call);
            }
            self.stored(event);
        }
        sent.for_each(|call| self.sent(call));
    }

    /// Tells how a run ended.
    pub fn over(&mut self, over: &RunOver) {
        self.each(|to| &mut to.over, |oracle, story| oracle.over(story, over));
    }

    /// Notes what was found broken by other means.
    pub fn note(&mut self, violation: Violation) {
        // The first of each kind is enough: what follows from a broken guarantee says little.
        if !self.violations.iter().any(|old| old.id == violation.id) {
            self.violations.push(violation);
        }
    }

    /// Returns everything that was broken so far.
    pub(super) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Ends the story at this time and returns everything that was broken.
    pub fn finish(&mut self, at: Duration) -> Vec<Violation> {
        self.now(at);
        self.each(|to| &mut to.end, |oracle, story| oracle.at_end(story));
        self.violations.clone()
    }

    /// Asks everybody who listens to this kind of thing. Whoever turns out not to is not asked
    /// again: a rollout makes thousands of calls, and the store does as much, and few oracles care.
    fn each(
        &mut self,
        kind: impl FnOnce(&mut Listeners) -> &mut Vec<usize>,
        mut ask: impl FnMut(&mut dyn Oracle, &Story) -> Result<(), String>,
    ) {
        let Self { oracles, listeners, story, violations } = self;
        kind(listeners).retain(|place| {
            let Some(oracle) = oracles.get_mut(*place) else { return false };
            if let Err(what) = ask(oracle.as_mut(), story)
                && !violations.iter().any(|old| old.id == oracle.id())
            {
                violations.push(Violation::new(oracle.id(), story.now, what));
            }
            story.somebody_listened()
        });
    }
}

/// Which oracles listen to what, by their place.
#[derive(Debug)]
struct Listeners {
    /// Everybody: they all listen to what has not happened yet.
    all: Vec<usize>,
    fact: Vec<usize>,
    truth: Vec<usize>,
    sent: Vec<(Operation, Vec<usize>)>,
    stored: Vec<(Discriminant<StoreAct>, Vec<usize>)>,
    over: Vec<usize>,
    end: Vec<usize>,
}

impl Listeners {
    /// Everybody listens to everything, until they are asked.
    fn all(oracles: usize) -> Self {
        let all = || (0..oracles).collect();
        let (sent, stored) = (Vec::new(), Vec::new());
        Self { all: all(), fact: all(), truth: all(), sent, stored, over: all(), end: all() }
    }
}

/// Returns who listens to what is of this kind; everybody at its first time.
fn listening<'a, K: PartialEq>(
    lists: &'a mut Vec<(K, Vec<usize>)>,
    kind: K,
    all: &[usize],
) -> &'a mut Vec<usize> {
    let place = lists.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
        lists.push((kind, all.to_vec()));
        lists.len() - 1
    });
    &mut lists[place].1
}

fn ends_the_right_to(event: &StoreEvent, call: &Sent) -> bool {
    let is_over = match event.act {
        StoreAct::Leased { .. } => call.fence.epoch < event.epoch,
        StoreAct::Released { .. } => call.fence.epoch <= event.epoch,
        StoreAct::Renewed { .. }
        | StoreAct::Appended { .. }
        | StoreAct::Failed { .. }
        | StoreAct::Read
        | StoreAct::Damaged => false,
    };
    is_over && call.rollout == event.rollout
}
