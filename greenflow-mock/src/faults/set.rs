//! All faults of a world, and which of them strikes a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Fault, FaultKind, Pick};
use crate::provider::Operation;
use crate::rng::{Rng, label};

/// The faults of a world; its journal looks at the same.
pub(crate) type SharedFaults = Arc<Mutex<FaultSet>>;

/// All faults of a world, and which of them strikes a call.
#[derive(Debug, Default)]
pub(crate) struct FaultSet {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    /// From when to when it is on; `None` while its trigger has not fired.
    window: Option<(Duration, Option<Duration>)>,
    matched: u64,
    /// Its own stream, so that one rule more changes nothing for the others.
    rng: Rng,
}

impl FaultSet {
    /// Adds a fault; returns its place, by which [`FaultSet::begin`] starts it.
    pub(crate) fn add(&mut self, fault: Fault, seed: u64) -> usize {
        let place = self.rules.len();
        let window = fault.from.is_none().then_some((Duration::ZERO, fault.lasts));
        let rng = Rng::keyed(seed, &[label("fault"), place as u64]);
        self.rules.push(Rule { fault, window, matched: 0, rng });
        place
    }

    /// Switches a fault on.
    pub(crate) fn begin(&mut self, place: usize, now: Duration) {
        if let Some(rule) = self.rules.get_mut(place) {
            let end = rule.fault.lasts.map(|span| now.saturating_add(span));
            rule.window = Some((now, end));
            rule.matched = 0;
        }
    }

    /// Switches all faults off, for a liveness phase.
    pub(crate) fn end_all(&mut self) {
        self.rules.clear();
    }

    /// Says what strikes this call: the first rule that does.
    pub(crate) fn strike(&mut self, operation: Operation, now: Duration) -> Option<FaultKind> {
        // Every rule counts the call, also one that comes after the rule that strikes.
        let mut struck = None;
        for rule in &mut self.rules {
            if rule.strikes(operation, now) && struck.is_none() {
                struck = Some(rule.fault.kind);
            }
        }
        struck
    }
}

impl Rule {
    fn strikes(&mut self, operation: Operation, now: Duration) -> bool {
        let Some((start, end)) = self.window else {
            return false;
        };
        if now < start || end.is_some_and(|end| now >= end) || !self.fault.concerns(operation) {
            return false;
        }
        self.matched += 1;
        match self.fault.pick {
            Pick::Always => true,
            Pick::Nth(n) => self.matched == n,
            Pick::First(n) => self.matched <= n,
            Pick::Every(n) => n > 0 && self.matched.is_multiple_of(n),
            Pick::Chance(share) => self.rng.chance(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(fault: Fault, calls: u64) -> Vec<u64> {
        let mut set = FaultSet::default();
        let place = set.add(fault, 1);
        set.begin(place, Duration::from_secs(10));
        let at = |n| Duration::from_secs(9 + n);
        (0..calls).filter(|n| set.strike(Operation::SetSplit, at(*n)).is_some()).collect()
    }

    #[test]
    fn picks_count_from_the_beginning_of_the_fault() {
        let fault = || Fault::new(FaultKind::TimeoutLost).on(Operation::SetSplit);
        assert_eq!(struck(fault().picking(Pick::Nth(2)), 6), [2]);
        assert_eq!(struck(fault().picking(Pick::First(2)), 6), [1, 2]);
        assert_eq!(struck(fault().picking(Pick::Every(2)), 6), [2, 4]);
        assert_eq!(struck(fault().lasting(Duration::from_secs(3)), 6), [1, 2, 3]);
        let some = struck(fault().picking(Pick::Chance(0.5)), 1000).len();
        assert!((400..600).contains(&some), "{some}");
        assert!(struck(Fault::new(FaultKind::Hang).on(Operation::Describe), 6).is_empty());
    }
}
