//! A controller: the real machine, and the writes that it has in hand.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use greenflow_core::fact::Entry;
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Input, Machine, ReplayError};
use greenflow_core::value::{ControllerId, Now, Timestamp, WallTime};

use super::action::Who;
use super::print::debug_hash;
use super::store::Store;
use super::task::{Stage, Task};
use super::world::WALL;

/// Whether there is a controller, and whether it runs.
#[derive(Clone, Hash)]
pub(crate) enum Seat {
    /// None acts; it may take over.
    Waiting,
    Runs(Controller),
    /// Killed, or frozen with what it had in hand.
    Stopped(Controller),
    /// It woke after its lease had run out. Only what had passed its last look at the lease leaves.
    Deposed(Controller),
}

/// The real machine, and the writes that it has in hand.
#[derive(Clone)]
pub(crate) struct Controller {
    pub(crate) epoch: u64,
    pub(crate) machine: Arc<Machine>,
    print: u64,
    pub(crate) tasks: Vec<Task>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) wake: Option<u64>,
    /// Facts that are not durable yet: none, where they are waited for.
    pub(crate) unsaved: Vec<Entry>,
}

impl Controller {
    pub(crate) fn new(machine: Machine, who: Who, epoch: u64) -> Self {
        let controller = ControllerId::new(format!("{who:?}")).unwrap();
        let inputs = vec![Input::Began { controller }];
        let machine = Arc::new(machine);
        let (tasks, unsaved) = (Vec::new(), Vec::new());
        Self { epoch, machine, print: 0, tasks, inputs, wake: Some(0), unsaved }
    }

    /// Folds the journal.
    pub(crate) fn taking_over(store: &Store, who: Who, epoch: u64) -> Result<Self, ReplayError> {
        let judge = Arc::new(ThresholdJudge::new());
        let mut machine = Machine::replay(store.entries().cloned(), judge)?;
        machine.set_epoch(epoch);
        Ok(Self::new(machine, who, epoch))
    }

    pub(crate) fn put(&mut self, machine: Machine) {
        self.print = debug_hash(&machine);
        self.machine = Arc::new(machine);
    }

    /// When something is due; now, if something is.
    pub(crate) fn due(&self, now: u64) -> Option<u64> {
        if !self.inputs.is_empty() || !self.unsaved.is_empty() {
            return Some(now);
        }
        self.tasks.iter().filter_map(|task| task.due(now)).chain(self.wake).min()
    }

    /// The write that is about to leave, if one is.
    pub(crate) fn leaving(&self) -> Option<usize> {
        self.tasks.iter().position(|task| task.stage == Stage::Leaving)
    }
}

impl Hash for Controller {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.epoch, self.print, self.wake).hash(state);
        if !(self.tasks.is_empty() && self.inputs.is_empty() && self.unsaved.is_empty()) {
            debug_hash(&(&self.tasks, &self.inputs, &self.unsaved)).hash(state);
        }
    }
}

pub(crate) fn moment(now: u64) -> Now {
    let wall = WALL + i64::try_from(now).unwrap();
    Now::new(Timestamp::from_millis(now), WallTime::from_unix_millis(wall))
}
