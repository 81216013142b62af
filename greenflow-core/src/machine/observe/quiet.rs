//! How long a side has been seen to get no request.

use std::time::Duration;

use crate::provider::IntervalSample;
use crate::value::{Side, WallTime};

/// How long a side has been measured, without a gap, to get no request at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct Quiet {
    run: Option<(WallTime, WallTime)>,
}

impl Quiet {
    /// Takes a sample. A gap, a request or an unknown count ends the run.
    pub(in crate::machine) fn add(&mut self, sample: &IntervalSample, side: Side) {
        let none = sample.side(side).is_some_and(|counts| counts.requests == 0);
        self.run = match self.run {
            Some((from, until)) if none && sample.start <= until => Some((from, sample.end)),
            Some(_) | None => none.then_some((sample.start, sample.end)),
        };
    }

    /// Returns how long nothing was seen, counting from `earliest` at the earliest.
    pub(in crate::machine) fn lasts(&self, earliest: WallTime) -> Duration {
        self.run.map_or(Duration::ZERO, |(from, until)| until.since(from.max(earliest)))
    }
}
