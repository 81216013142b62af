//! One state of everything: the world, the journal, both controllers, and what may still go wrong.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use greenflow_core::fact::StartOptions;
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Ended, Machine, PhaseName};
use greenflow_core::value::{RolloutId, Who as Person};

use super::action::Who;
use super::controller::{Controller, Seat, moment};
use super::rule::Rule;
use super::setting::{Budget, Setting};
use super::store::Store;
use super::world::World;

/// One state of everything.
#[derive(Clone, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "equal states have equal hashes")]
pub(crate) struct State {
    /// Milliseconds since the rollout was created.
    pub(crate) now: u64,
    pub(crate) world: World,
    pub(crate) store: Store,
    pub(crate) seats: [Seat; 2],
    pub(crate) left: Budget,
    /// When the last controller took over.
    pub(crate) taken_at: u64,
    pub(crate) phase: PhaseName,
    /// How the run has ended.
    pub(crate) ended: Option<Ended>,
    pub(crate) broken: BTreeSet<Rule>,
}

impl State {
    /// A rollout that was just created by A.
    pub(crate) fn new(setting: &Setting) -> Self {
        let machine = Machine::create(
            RolloutId::new("r-1").unwrap(),
            setting.plan.body(),
            StartOptions::new(Person::new("ann")),
            setting.capabilities(),
            Arc::new(ThresholdJudge::new()),
            moment(0),
        );
        let a = Controller::new(machine, Who::A, 1);
        Self {
            now: 0,
            world: World::new(),
            store: Store::new(),
            seats: [Seat::Runs(a), Seat::Waiting],
            left: Budget::default(),
            taken_at: 0,
            phase: PhaseName::Scheduled,
            ended: None,
            broken: BTreeSet::new(),
        }
    }

    pub(crate) const fn seat(&self, who: Who) -> &Seat {
        &self.seats[who as usize]
    }

    pub(crate) fn running(&self, who: Who) -> Option<&Controller> {
        match self.seat(who) {
            Seat::Runs(controller) => Some(controller),
            Seat::Waiting | Seat::Stopped(_) | Seat::Deposed(_) => None,
        }
    }

    pub(crate) fn holds(&mut self, rule: Rule, holds: bool) {
        if !holds {
            self.broken.insert(rule);
        }
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let print = |state: &Self| {
            let mut hasher = std::collections::hash_map::DefaultHasher::new();
            state.hash(&mut hasher);
            hasher.finish()
        };
        print(self) == print(other)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { now, world, store, phase, ended, broken, .. } = self;
        write!(f, "{} s, {phase}, epoch {}, {}", now / 1000, store.epoch, world.split())?;
        for (who, seat) in Who::ALL.into_iter().zip(&self.seats) {
            match seat {
                Seat::Waiting => write!(f, "; {who:?} waits")?,
                Seat::Runs(controller) => write!(f, "; {who:?} runs, {:?}", controller.tasks)?,
                Seat::Stopped(_) => write!(f, "; {who:?} stopped")?,
                Seat::Deposed(_) => write!(f, "; {who:?} is deposed")?,
            }
        }
        let facts = store.facts().rev().take(3).map(greenflow_core::fact::Fact::name);
        let facts: Vec<_> = facts.collect();
        write!(f, "; {} late, last facts {facts:?}, {ended:?} {broken:?}", world.late.len())
    }
}
