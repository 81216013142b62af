//! The runs of one engine: who claims, one name for each, so that two runs of one rollout are two
//! owners; and where to reach them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Handle;
use crate::value::{ControllerId, RolloutId};

/// The runs of one engine and its clones.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Arc<Mutex<BTreeMap<RolloutId, BTreeMap<u32, Handle>>>>);

/// The place of one run among those of its rollout; given back on drop.
#[derive(Debug)]
pub(super) struct Place {
    runs: Runs,
    rollout: RolloutId,
    number: u32,
}

impl Runs {
    /// Takes the lowest free place for the run behind this handle.
    pub(super) fn enter(&self, handle: Handle) -> Place {
        let rollout = handle.rollout().clone();
        let mut runs = self.lock();
        let taken = runs.entry(rollout.clone()).or_default();
        let number = (1..=u32::MAX).find(|number| !taken.contains_key(number)).unwrap_or(u32::MAX);
        taken.insert(number, handle);
        Place { runs: self.clone(), rollout, number }
    }

    /// Returns the run to speak to about a rollout: the one that has its lease, or else the first.
    pub(super) fn first(&self, rollout: &RolloutId) -> Option<Handle> {
        let runs = self.lock();
        let runs = runs.get(rollout)?;
        runs.values().find(|run| run.holds()).or_else(|| runs.values().next()).cloned()
    }

    /// Returns every run.
    pub(super) fn all(&self) -> Vec<Handle> {
        self.lock().values().flat_map(BTreeMap::values).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RolloutId, BTreeMap<u32, Handle>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Returns the name to claim by. The first run has the controller's own, so that a restarted
    /// process takes over from itself at once.
    pub(super) fn owner(&self, controller: &ControllerId) -> ControllerId {
        if self.number == 1 {
            return controller.clone();
        }
        let name = format!("{}/{controller}", self.number);
        let bounded: String = name.chars().take(NAME_CHARS).collect();
        ControllerId::new(bounded.trim_end()).unwrap_or_else(|_| controller.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut runs = self.runs.lock();
        if let Some(taken) = runs.get_mut(&self.rollout) {
            taken.remove(&self.number);
            if taken.is_empty() {
                runs.remove(&self.rollout);
            }
        }
    }
}

/// A quarter of the longest name in bytes, which is enough for any alphabet.
const NAME_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use futures_util::future::join;

    use super::*;
    use crate::engine::handle::{self, Message};
    use crate::engine::testing::{TestClock, TestJournal, TestWorld};
    use crate::engine::{CommandError, Engine};
    use crate::machine::{Action, Command};
    use crate::value::{Now, Timestamp, WallTime, Who};

    fn run() -> Handle {
        handle::pair(RolloutId::new("r").unwrap()).0
    }

    #[test]
    fn a_command_goes_to_the_run_that_has_the_rollout_and_follows_it() {
        let clock = TestClock::new();
        let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
        let engine = Engine::single(world.providers(), journal.arc()).with_clock(clock.arc());
        let rollout = RolloutId::new("r").unwrap();
        let (first, mut waits) = handle::pair(rollout.clone());
        let (second, mut takes) = handle::pair(rollout.clone());
        let _places = [engine.runs.enter(first), engine.runs.enter(second)];
        let resume = || Command::new(Who::new("ann"), "", Action::Resume);
        let accept = |message| {
            let Message::Command { reply, .. } = message else { panic!("{message:?}") };
            reply.send(Ok(())).unwrap();
        };
        let answered = async {
            let message = waits.inbox.next().await.unwrap();
            let now = Now::new(Timestamp::ZERO, WallTime::from_unix_millis(0));
            takes.hub.lease_taken(now, 1);
            let owner = ControllerId::new("2/single").unwrap();
            message.refuse(CommandError::HeldElsewhere { owner });
            accept(takes.inbox.next().await.unwrap());
        };
        let (answer, ()) = clock.run(join(engine.command(&rollout, resume()), answered));
        assert_eq!(answer, Ok(()));
        let answered = async { accept(takes.inbox.next().await.unwrap()) };
        let (answer, ()) = clock.run(join(engine.command(&rollout, resume()), answered));
        assert_eq!(answer, Ok(()));
    }

    #[test]
    fn two_runs_of_one_rollout_are_two_owners_and_a_later_one_is_the_first_again() {
        let (runs, controller) = (Runs::default(), ControllerId::new("c").unwrap());
        let first = runs.enter(run());
        let second = runs.enter(run());
        assert_eq!(first.owner(&controller), controller);
        assert_ne!(second.owner(&controller), controller);
        assert_eq!(runs.all().len(), 2);
        drop(first);
        assert_eq!(runs.enter(run()).owner(&controller), controller);
        drop(second);
        assert!(runs.lock().is_empty());
    }

    #[test]
    fn the_longest_controller_still_makes_a_second_owner() {
        let controller = ControllerId::new("é".repeat(128)).unwrap();
        let runs = Runs::default();
        let _first = runs.enter(run());
        assert_ne!(runs.enter(run()).owner(&controller), controller);
    }
}
