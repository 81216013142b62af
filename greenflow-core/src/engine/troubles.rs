//! Rollouts that this controller cannot drive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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

/// How many are remembered; with more, some are tried and paged more often.
const TROUBLES_MAX: usize = 4096;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

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
