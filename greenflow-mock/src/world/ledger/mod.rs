//! The ledger: what really happened to the requests, as counts.
//!
//! Time is cut into pieces in which nothing changes: by the world, when something does, and by
//! whoever asks about an interval. A piece's counts are drawn once, when somebody first wants
//! them; a drawn piece that is cut again parts its counts, so no total ever changes. Pieces that
//! nobody may ask about any more are folded into the totals, so memory stays constant.

mod counts;
mod rates;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use greenflow_core::provider::{SideSample, SlowerThan};
use greenflow_core::value::{MetricName, Side};

pub use counts::Totals;
use counts::{Counts, Place};
pub(crate) use rates::{Rates, SideRates};

/// What really happened to the requests.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    seed: u64,
    limit: Duration,
    pieces: VecDeque<Piece>,
    open_since: Duration,
    open: Arc<Rates>,
    folded: Totals,
    folded_until: Duration,
}

#[derive(Clone, Debug)]
struct Piece {
    start: Duration,
    end: Duration,
    rates: Arc<Rates>,
    counts: Option<Counts>,
}

/// The counts of both sides in an interval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Interval {
    pub(crate) blue: SideSample,
    pub(crate) green: SideSample,
    pub(crate) nobody: u64,
}

impl Ledger {
    /// How long ago an interval may have begun to be asked about: a day and a bit, for daily
    /// reports.
    pub(crate) const REACH: Duration = Duration::from_secs(26 * 3600);

    /// Returns the response time above which a request on green is harmed.
    pub(crate) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Begins a ledger; on green, `limit` parts the requests that are harmed from the others.
    pub(crate) fn new(seed: u64, limit: Duration, rates: Rates) -> Self {
        Self {
            seed,
            limit,
            pieces: VecDeque::new(),
            open_since: Duration::ZERO,
            open: Arc::new(rates),
            folded: Totals::default(),
            folded_until: Duration::ZERO,
        }
    }

    /// Notes that from `now` on the requests do something else.
    pub(crate) fn change(&mut self, now: Duration, rates: Rates) {
        if *self.open != rates {
            self.close(now);
            self.open = Arc::new(rates);
        }
    }

    /// Counts an interval that has passed; `None` when it reaches back too far.
    pub(crate) fn sample(
        &mut self,
        interval: std::ops::Range<Duration>,
        thresholds: &[Duration],
        events: &[MetricName],
    ) -> Option<Interval> {
        if interval.start < self.folded_until {
            return None;
        }
        if interval.end > self.open_since {
            self.close(interval.end);
        }
        self.cut(interval.start);
        self.cut(interval.end);
        let mut sum = Interval { blue: empty(thresholds), green: empty(thresholds), nobody: 0 };
        let (seed, limit) = (self.seed, self.limit);
        let from = self.pieces.partition_point(|piece| piece.start < interval.start);
        for piece in self.pieces.iter_mut().skip(from).take_while(|p| p.end <= interval.end) {
            let (place, rates) = (piece.place(seed), Arc::clone(&piece.rates));
            let counts = piece.drawn(seed, limit);
            sum.nobody += counts.nobody;
            for (side, sample) in [(Side::Blue, &mut sum.blue), (Side::Green, &mut sum.green)] {
                let rates = rates.side.get(side);
                sample.requests += counts.side.get(side).requests();
                sample.errors += counts.side.get(side).failed;
                for slower in &mut sample.slower {
                    slower.count += counts.slower(place, side, rates, slower.than);
                }
                for name in events {
                    if let Some(count) = counts.events(place, side, rates, name) {
                        *sample.events.entry(name.clone()).or_insert(0) += count;
                    }
                }
            }
        }
        Some(sum)
    }

    /// Returns the truth up to `now`.
    pub(crate) fn totals(&mut self, now: Duration) -> Totals {
        self.close(now);
        let mut totals = self.folded;
        let (seed, limit) = (self.seed, self.limit);
        for piece in &mut self.pieces {
            totals.add(piece.drawn(seed, limit).totals(limit));
        }
        totals
    }

    /// Returns what the requests do now.
    pub(crate) fn rates(&self) -> &Rates {
        &self.open
    }

    /// Ends the open piece at `now`, and folds what is out of reach.
    fn close(&mut self, now: Duration) {
        if now <= self.open_since {
            return;
        }
        let rates = Arc::clone(&self.open);
        self.pieces.push_back(Piece { start: self.open_since, end: now, rates, counts: None });
        self.open_since = now;
        while let Some(mut oldest) = self.pieces.pop_front_if(|p| p.end + Self::REACH < now) {
            self.folded.add(oldest.drawn(self.seed, self.limit).totals(self.limit));
            self.folded_until = oldest.end;
        }
    }

    /// Makes `at` a border between two pieces.
    fn cut(&mut self, at: Duration) {
        let place = self.pieces.partition_point(|piece| piece.end <= at);
        let seed = self.seed;
        let Some(piece) = self.pieces.get_mut(place) else {
            return;
        };
        if piece.start >= at {
            return;
        }
        let whole = piece.place(seed);
        let (first, then) = match piece.counts.take() {
            Some(counts) => {
                let (first, then) = counts.split(whole, at);
                (Some(first), Some(then))
            }
            None => (None, None),
        };
        let rates = Arc::clone(&piece.rates);
        piece.counts = then;
        let start = std::mem::replace(&mut piece.start, at);
        self.pieces.insert(place, Piece { start, end: at, rates, counts: first });
    }
}

impl Piece {
    const fn place(&self, seed: u64) -> Place {
        Place { seed, start: self.start, end: self.end }
    }

    fn drawn(&mut self, seed: u64, limit: Duration) -> &mut Counts {
        let place = self.place(seed);
        self.counts.get_or_insert_with(|| Counts::draw(place, &self.rates, limit))
    }
}

fn empty(thresholds: &[Duration]) -> SideSample {
    let slower = thresholds.iter().map(|than| SlowerThan { than: *than, count: 0 }).collect();
    SideSample { slower, events: BTreeMap::new(), ..SideSample::default() }
}

#[cfg(test)]
mod tests;
