//! The counts of one piece of time.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::value::{MetricName, Side};

use super::rates::{Rates, SideRates};
use crate::rng::{Rng, binomial, label, poisson};
use crate::world::BySide;

/// What really happened to the requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Requests that came in.
    pub arrived: u64,
    /// Of these, answered by blue, also with errors.
    pub blue: u64,
    /// Of these, answered by green, also with errors.
    pub green: u64,
    /// Of these, answered by nobody.
    pub nobody: u64,
    /// Of those answered, with an error, on either side.
    pub failed: u64,
    /// Failed or too slow on green, or answered by nobody.
    pub harmed: u64,
}

impl Totals {
    pub(crate) const fn add(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.blue += other.blue;
        self.green += other.green;
        self.nobody += other.nobody;
        self.failed += other.failed;
        self.harmed += other.harmed;
    }
}

/// The counts of one piece of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Counts {
    pub(crate) nobody: u64,
    pub(crate) side: BySide<SideCounts>,
}

/// The counts of one side. A failed request fails fast: it is never among the slow ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct SideCounts {
    pub(crate) failed: u64,
    pub(crate) fine: u64,
    /// Of the fine ones, how many took longer, by rising threshold. Filled as it is asked for.
    slower: BTreeMap<Duration, u64>,
    /// Named events. Filled as they are asked for.
    events: BTreeMap<MetricName, u64>,
}

/// Where the randomness of a piece comes from: the seed and the piece's own place in time, so
/// that what is asked of one piece changes nothing in another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) seed: u64,
    pub(crate) start: Duration,
    pub(crate) end: Duration,
}

impl Place {
    fn rng(self, purpose: &str, more: u64) -> Rng {
        let nanos = |at: Duration| at.as_secs() ^ (u64::from(at.subsec_nanos()) << 32);
        Rng::keyed(self.seed, &[label(purpose), nanos(self.start), nanos(self.end), more])
    }
}

impl Counts {
    /// Draws what happened in a piece: a handful of draws, however many requests there were.
    pub(crate) fn draw(place: Place, rates: &Rates, limit: Duration) -> Self {
        let mut rng = place.rng("requests", 0);
        let span = (place.end - place.start).as_secs_f64();
        let arrived = poisson(&mut rng, rates.demand * span);
        let green = binomial(&mut rng, arrived, rates.share.green);
        let left = 1.0 - rates.share.green;
        let of_rest = if left > 0.0 { rates.share.blue / left } else { 0.0 };
        let blue = binomial(&mut rng, arrived - green, of_rest);
        let mut counts =
            Self { nobody: arrived - green - blue, side: BySide::<SideCounts>::default() };
        for (side, requests) in [(Side::Blue, blue), (Side::Green, green)] {
            let rates = rates.side.get(side);
            if rates.up {
                *counts.side.get_mut(side) = SideCounts::draw(&mut rng, rates, requests, limit);
            } else {
                counts.nobody += requests;
            }
        }
        counts
    }

    /// Parts the counts at a moment inside the piece. No total changes: each request, slow one
    /// and event falls to one part or the other.
    pub(crate) fn split(self, place: Place, at: Duration) -> (Self, Self) {
        let share = (at - place.start).as_secs_f64() / (place.end - place.start).as_secs_f64();
        let rng = &mut Place { end: at, ..place }.rng("split", place.end.as_millis_u64());
        let nobody = binomial(rng, self.nobody, share);
        let (blue_first, blue_then) = self.side.blue.split(rng, share);
        let (green_first, green_then) = self.side.green.split(rng, share);
        (
            Self { nobody, side: BySide::new(blue_first, green_first) },
            Self { nobody: self.nobody - nobody, side: BySide::new(blue_then, green_then) },
        )
    }

    /// Returns the truth that these counts add to the totals.
    pub(crate) fn totals(&self, limit: Duration) -> Totals {
        let (blue, green) = (&self.side.blue, &self.side.green);
        let slow = green.slower.get(&limit).copied().unwrap_or(0);
        Totals {
            arrived: blue.requests() + green.requests() + self.nobody,
            blue: blue.requests(),
            green: green.requests(),
            nobody: self.nobody,
            failed: blue.failed + green.failed,
            harmed: green.failed + slow + self.nobody,
        }
    }

    /// Returns how many of a side's requests took longer than `threshold`.
    pub(crate) fn slower(
        &mut self,
        place: Place,
        side: Side,
        rates: &SideRates,
        threshold: Duration,
    ) -> u64 {
        let rng = &mut place.rng("slow", side as u64 ^ (threshold.as_millis_u64() << 1));
        self.side.get_mut(side).slower(rng, rates, threshold)
    }

    /// Returns how many events of this name a side had.
    pub(crate) fn events(
        &mut self,
        place: Place,
        side: Side,
        rates: &SideRates,
        name: &MetricName,
    ) -> Option<u64> {
        let rate = *rates.events.get(name)?;
        let counts = self.side.get_mut(side);
        let requests = counts.requests();
        Some(*counts.events.entry(name.clone()).or_insert_with(|| {
            let rng = &mut place.rng("events", side as u64 ^ label(name.as_str()));
            poisson(rng, rate * requests as f64)
        }))
    }

    /// Returns how many requests the sides answered and nobody did.
    #[cfg(test)]
    pub(crate) fn arrived(&self) -> u64 {
        self.side.blue.requests() + self.side.green.requests() + self.nobody
    }
}

impl SideCounts {
    pub(crate) const fn requests(&self) -> u64 {
        self.failed + self.fine
    }

    fn draw(rng: &mut Rng, rates: &SideRates, requests: u64, limit: Duration) -> Self {
        let failed = binomial(rng, requests, rates.failing());
        let mut counts = Self { failed, fine: requests - failed, ..Self::default() };
        counts.slower(rng, rates, limit);
        counts
    }

    /// Answers from what is known already, or draws between the known neighbours, so that all
    /// answers about a piece fit together.
    fn slower(&mut self, rng: &mut Rng, rates: &SideRates, threshold: Duration) -> u64 {
        if let Some(known) = self.slower.get(&threshold) {
            return *known;
        }
        let latency = rates.latency;
        let below = self.slower.range(..threshold).next_back();
        let above = self.slower.range(threshold..).next();
        let (most, most_share) =
            below.map_or((self.fine, 1.0), |(than, count)| (*count, latency.slower_than(*than)));
        let (least, least_share) =
            above.map_or((0, 0.0), |(than, count)| (*count, latency.slower_than(*than)));
        let between = most_share - least_share;
        let share = (latency.slower_than(threshold) - least_share) / between;
        let more = if between > 0.0 { binomial(rng, most - least, share) } else { 0 };
        self.slower.insert(threshold, least + more);
        least + more
    }

    fn split(self, rng: &mut Rng, share: f64) -> (Self, Self) {
        let failed = binomial(rng, self.failed, share);
        let mut first = Self { failed, ..Self::default() };
        let mut then = Self { failed: self.failed - failed, ..Self::default() };
        // From the slowest bin down: each count is the sum of the bins above its threshold.
        let mut counted = 0;
        for (than, count) in self.slower.iter().rev() {
            let early = binomial(rng, count - counted, share);
            counted = *count;
            first.fine += early;
            first.slower.insert(*than, first.fine);
            then.slower.insert(*than, count - first.fine);
        }
        first.fine += binomial(rng, self.fine - counted, share);
        then.fine = self.fine - first.fine;
        for (name, count) in self.events {
            let early = binomial(rng, count, share);
            first.events.insert(name.clone(), early);
            then.events.insert(name, count - early);
        }
        (first, then)
    }
}

trait Millis {
    fn as_millis_u64(&self) -> u64;
}

impl Millis for Duration {
    fn as_millis_u64(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }
}
