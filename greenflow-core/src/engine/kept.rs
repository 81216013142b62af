//! Machines of rollouts that parked here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::claim::Folded;
use super::time::RolloutTime;
use crate::fact::frame::Chain;
use crate::machine::Machine;
use crate::value::RolloutId;

/// Machines of rollouts that parked here, with what each has seen: whoever looks now and then for
/// days must know how long nothing was known. A rollout that nobody has touched meanwhile goes on
/// with its machine; without one, its facts are folded anew.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<BTreeMap<RolloutId, Waiting>>>);

/// A machine that waits, and what it needs to go on.
pub(super) struct Waiting {
    pub(super) folded: Folded<Machine>,
    pub(super) time: RolloutTime,
    pub(super) chain: Chain,
}

impl Kept {
    /// Keeps a machine.
    pub(super) fn put(&self, rollout: RolloutId, waiting: Waiting) {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.pop_first();
        }
        kept.insert(rollout, waiting);
    }

    /// Takes a machine out; `None` when there is none that has seen all of `head` facts.
    pub(super) fn take(&self, rollout: &RolloutId, head: u64) -> Option<Waiting> {
        self.lock().remove(rollout).filter(|waiting| waiting.folded.machine.head() == head)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RolloutId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("rollouts", &self.lock().len()).finish()
    }
}

/// How many machines are kept; of more rollouts the facts are folded at every wake.
const KEPT_MAX: usize = 4096;
