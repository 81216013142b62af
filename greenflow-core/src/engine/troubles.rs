//! Rollouts that this controller cannot drive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::tenure::last_page;
use super::{Engine, EngineError};
use crate::provider::JournalError;
use crate::value::RolloutId;

/// Rollouts that this controller cannot drive, as because their facts cannot be read: they are
/// paged once in its life, and tried again with growing pauses, for somebody may mend them.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles(Arc<Mutex<BTreeMap<RolloutId, Trouble>>>);

#[derive(Clone, Copy, Debug)]
struct Trouble {
    times: u32,
    again_at: Duration,
}

impl Troubles {
    /// Notes that a rollout could not be driven; true the first time.
    pub(super) fn note(&self, rollout: &RolloutId, now: Duration) -> bool {
        let mut troubles = self.lock();
        let times = troubles.get(rollout).map_or(0, |trouble| trouble.times);
        if times == 0 && troubles.len() >= TROUBLES_MAX {
            troubles.pop_first();
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << times.min(10)).min(LONGEST_PAUSE);
        let trouble =
            Trouble { times: times.saturating_add(1), again_at: now.saturating_add(pause) };
        troubles.insert(rollout.clone(), trouble);
        times == 0
    }

    /// Returns whether a rollout may be tried.
    pub(super) fn may_try(&self, rollout: &RolloutId, now: Duration) -> bool {
        self.lock().get(rollout).is_none_or(|trouble| now >= trouble.again_at)
    }

    /// Forgets what was wrong with a rollout: it can be driven again.
    pub(super) fn forget(&self, rollout: &RolloutId) {
        self.lock().remove(rollout);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RolloutId, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pages when a rollout is refused for what is in its journal, once in the life of a controller: it
/// will not drive this rollout until a person has looked.
pub(super) async fn refuse(engine: &Engine, rollout: &RolloutId, epoch: u64, error: &EngineError) {
    let occasion = match error {
        EngineError::JournalTooNew { .. } => "journal-too-new",
        EngineError::Unreadable { .. }
        | EngineError::Replay { .. }
        | EngineError::Journal(JournalError::Damaged(_)) => "journal-damaged",
        EngineError::Plan(_)
        | EngineError::Journal(_)
        | EngineError::SupersedeRefused { .. }
        | EngineError::LeaseLost { .. }
        | EngineError::JournalUnavailable { .. }
        | EngineError::Machine(_) => return,
    };
    if engine.troubles.note(rollout, engine.clock.monotonic()) {
        last_page(engine, rollout, epoch, occasion, error).await;
    }
}

/// The epoch to page under when the journal is refused before there is a lease.
pub(super) const NO_EPOCH: u64 = 0;
/// How many are remembered; with more, some are tried and paged more often.
const TROUBLES_MAX: usize = 4096;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use futures_util::future::join;

    use super::*;
    use crate::engine::CommandError;
    use crate::engine::testing::{TestClock, TestJournal, TestWorld};
    use crate::machine::{Action, Command};
    use crate::value::Who;

    #[test]
    fn a_journal_that_is_damaged_at_its_claim_is_paged_once_by_whoever_takes_it_up() {
        for by_command in [false, true] {
            let clock = TestClock::new();
            let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
            journal.state().damaged = true;
            let engine = Engine::single(world.providers(), journal.arc()).with_clock(clock.arc());
            let (rollout, mut recovery) = (RolloutId::new("r").unwrap(), engine.recovery());
            for _ in 0..2 {
                let end = if by_command {
                    let resume = Command::new(Who::new("ann"), "", Action::Resume);
                    let run = async { recovery.next().await.unwrap().run.await };
                    let (answer, end) = clock.run(join(engine.command(&rollout, resume), run));
                    assert_eq!(answer, Err(CommandError::Gone));
                    end
                } else {
                    clock.run(engine.resume(rollout.clone()).1)
                };
                let damaged = matches!(end, Err(EngineError::Journal(JournalError::Damaged(_))));
                assert!(damaged, "{end:?}");
            }
            let state = world.state();
            let keys: Vec<_> = state.notices.iter().map(|notice| notice.key.0.as_str()).collect();
            assert_eq!(keys, ["r/journal-damaged/0"], "by command: {by_command}");
        }
    }

    #[test]
    fn a_rollout_in_trouble_is_tried_less_and_less_and_told_of_once() {
        let (troubles, rollout) = (Troubles::default(), RolloutId::new("r").unwrap());
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for time in 0..9 {
            assert!(troubles.may_try(&rollout, now));
            assert_eq!(troubles.note(&rollout, now), time == 0);
            let begun = now;
            while !troubles.may_try(&rollout, now) {
                now += Duration::from_secs(60);
            }
            pauses.push((now - begun).as_secs() / 60);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        troubles.forget(&rollout);
        assert!(troubles.note(&rollout, now));
    }
}
