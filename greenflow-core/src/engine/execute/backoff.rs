//! How long to pause between attempts.

use std::time::Duration;

use crate::value::{EffectId, RolloutId};

/// Growing pauses with decorrelated jitter: each is drawn between the first and three times the
/// last one, up to a cap. The draw is seeded by (rollout, effect, attempt), so the same run pauses
/// the same, and many rollouts that fail together do not come back together.
///
/// So a short pause comes again and again, which is right for whoever is in a hurry. A
/// [patient](Self::patient) one grows whatever was drawn, and soon stays near its cap.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Backoff {
    seed: u64,
    draws: u64,
    first: Duration,
    cap: Duration,
    last: Duration,
    patient: bool,
}

impl Backoff {
    pub(in crate::engine) fn new(
        rollout: &RolloutId,
        effect: EffectId,
        first: Duration,
        cap: Duration,
    ) -> Self {
        let seed = fnv(fnv(FNV_OFFSET, rollout.as_str().as_bytes()), &effect_bytes(effect));
        Self::seeded(seed, first, cap)
    }

    /// The same for whoever waits for no effect, seeded by a name.
    pub(in crate::engine) fn named(name: &str, first: Duration, cap: Duration) -> Self {
        Self::seeded(fnv(FNV_OFFSET, name.as_bytes()), first, cap)
    }

    fn seeded(seed: u64, first: Duration, cap: Duration) -> Self {
        let first = first.min(cap);
        Self { seed, draws: 0, first, cap, last: first, patient: false }
    }

    /// Grows threefold at each pause, which is drawn between half of that and all of it.
    pub(in crate::engine) const fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// Returns the next pause.
    pub(in crate::engine) fn next_pause(&mut self) -> Duration {
        self.draws += 1;
        let random = split_mix(fnv(self.seed, &self.draws.to_le_bytes()));
        let most = self.last.saturating_mul(3).min(self.cap);
        let least = if self.patient { self.first.max(most / 2) } else { self.first };
        let (low, high) = (millis(least), millis(most));
        let drawn = Duration::from_millis(low + random % (high.saturating_sub(low) + 1));
        self.last = if self.patient { most } else { drawn };
        drawn
    }

    /// Begins anew, as after a success.
    pub(in crate::engine) const fn reset(&mut self) {
        self.last = self.first;
    }
}

const fn effect_bytes(effect: EffectId) -> [u8; 8] {
    effect.sequence().to_le_bytes()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}

/// FNV-1a: the standard library's hashers may change from release to release.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

const fn split_mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(rollout: &str, effect: u64, cap_millis: u64) -> Vec<u64> {
        let rollout = RolloutId::new(rollout).unwrap();
        let first = Duration::from_millis(200);
        let cap = Duration::from_millis(cap_millis);
        let mut backoff = Backoff::new(&rollout, EffectId::new(effect), first, cap);
        (0..200).map(|_| millis(backoff.next_pause())).collect()
    }

    #[test]
    fn pauses_stay_between_the_first_and_the_cap_and_get_there() {
        let drawn = pauses("r", 1, 4000);
        assert!(drawn.iter().all(|ms| (200..=4000).contains(ms)), "{drawn:?}");
        assert!(drawn[0] <= 600, "{drawn:?}");
        assert!(drawn.iter().any(|ms| *ms > 3000), "{drawn:?}");
        assert!(pauses("r", 1, 50).iter().all(|ms| *ms <= 50));
    }

    #[test]
    fn a_patient_one_grows_to_its_cap_and_stays_near_it() {
        let rollout = RolloutId::new("r").unwrap();
        let (first, cap) = (Duration::from_millis(500), Duration::from_secs(30));
        let mut backoff = Backoff::new(&rollout, EffectId::new(1), first, cap).patient();
        let drawn: Vec<u64> = (0..200).map(|_| millis(backoff.next_pause())).collect();
        assert!((750..=1500).contains(&drawn[0]), "{drawn:?}");
        assert!((2250..=4500).contains(&drawn[1]), "{drawn:?}");
        assert!(drawn[4..].iter().all(|ms| (15_000..=30_000).contains(ms)), "{drawn:?}");
        let (least, most) = (drawn[4..].iter().min().unwrap(), drawn[4..].iter().max().unwrap());
        assert!(most - least > 10_000, "jitter: {drawn:?}");
        backoff.reset();
        assert!(millis(backoff.next_pause()) <= 1500);
    }

    #[test]
    fn the_same_write_pauses_the_same_and_others_otherwise() {
        assert_eq!(pauses("r", 1, 4000), pauses("r", 1, 4000));
        assert_ne!(pauses("r", 1, 4000), pauses("r", 2, 4000));
        assert_ne!(pauses("r", 1, 4000), pauses("s", 1, 4000));
    }
}
