//! Whether the requests show a split.

use std::collections::VecDeque;
use std::time::Duration;

use crate::plan::MOST_PARTS;
use crate::provider::IntervalSample;
use crate::value::{Split, WallTime};

/// The closed intervals since a split was read back, to see whether the requests show it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct Share {
    parts: VecDeque<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Part {
    start: WallTime,
    end: WallTime,
    blue: u64,
    green: u64,
    /// Of which it is not known for whom they were.
    unserved: u64,
}

/// What the requests say of a split, with the evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine) struct ShareSays {
    pub(in crate::machine) from: WallTime,
    pub(in crate::machine) until: WallTime,
    pub(in crate::machine) blue: u64,
    pub(in crate::machine) green: u64,
    unserved: u64,
}

impl Share {
    pub(in crate::machine) fn clear(&mut self) {
        self.parts.clear();
    }

    /// Takes a sample; one with an unknown side begins the evidence anew.
    pub(in crate::machine) fn add(&mut self, sample: &IntervalSample) {
        let (Some(blue), Some(green)) = (&sample.blue, &sample.green) else {
            self.clear();
            return;
        };
        if self.parts.back().is_some_and(|last| last.end < sample.start) {
            self.clear();
        }
        if self.parts.len() == MOST_PARTS {
            self.parts.pop_front();
        }
        let part = Part {
            start: sample.start,
            end: sample.end,
            blue: blue.requests,
            green: green.requests,
            unserved: sample.unserved.unwrap_or(0),
        };
        self.parts.push_back(part);
    }

    /// Returns the evidence that the requests show `split`, if there is enough.
    ///
    /// For a real split: the newest intervals, as few as have requests enough that neither side
    /// could be missing by chance, with green's share within three standard deviations, and hardly any
    /// that nobody served: a side that was down for a part of the time got fewer than were sent its
    /// way. For 0 and 100 %: no request on the losing side for `quiet`.
    pub(in crate::machine) fn shows(&self, split: Split, quiet: Duration) -> Option<ShareSays> {
        let mut says: Option<ShareSays> = None;
        for part in self.parts.iter().rev() {
            let sum = says.map_or_else(|| part.alone(), |sum| sum.and(part));
            if split.is_whole() {
                let losing = if split == Split::ALL_BLUE { sum.green } else { sum.blue };
                let winning = if split == Split::ALL_BLUE { sum.blue } else { sum.green };
                if losing > 0 {
                    return None;
                }
                if sum.until.since(sum.from) >= quiet && winning > 0 {
                    return Some(sum);
                }
            } else if has_enough(split, sum) {
                return (within_three_sigma(split, sum) && !is_hollow(sum)).then_some(sum);
            }
            says = Some(sum);
        }
        None
    }
}

impl Part {
    const fn alone(&self) -> ShareSays {
        let Self { start: from, end: until, blue, green, unserved } = *self;
        ShareSays { from, until, blue, green, unserved }
    }
}

impl ShareSays {
    /// Adds the part before.
    const fn and(self, before: &Part) -> Self {
        Self {
            from: before.start,
            until: self.until,
            blue: self.blue.saturating_add(before.blue),
            green: self.green.saturating_add(before.green),
            unserved: self.unserved.saturating_add(before.unserved),
        }
    }
}

/// More than one request in twenty was served by nobody.
fn is_hollow(sum: ShareSays) -> bool {
    let served = u128::from(sum.blue) + u128::from(sum.green);
    let unserved = u128::from(sum.unserved);
    unserved * 20 > served + unserved
}

/// Enough that three standard deviations around the expected share exclude both 0 and all:
/// n·p > 9·(1−p) for either side's p.
fn has_enough(split: Split, sum: ShareSays) -> bool {
    let total = u128::from(sum.blue) + u128::from(sum.green);
    let green = u128::from(split.green().basis_points());
    let blue = u128::from(split.blue().basis_points());
    total * green > 9 * blue && total * blue > 9 * green
}

/// |x − n·p| ≤ 3·√(n·p·(1−p)), squared and in basis points, so that it stays in integers.
fn within_three_sigma(split: Split, sum: ShareSays) -> bool {
    let total = i128::from(sum.blue) + i128::from(sum.green);
    let green = i128::from(split.green().basis_points());
    let blue = i128::from(split.blue().basis_points());
    let off = i128::from(sum.green) * 10_000 - total * green;
    off.saturating_mul(off) <= (9 * total).saturating_mul(green * blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::SideSample;
    use crate::value::Weight;

    fn sample(start: i64, end: i64, blue: u64, green: u64) -> IntervalSample {
        let side = |requests| Some(SideSample { requests, ..SideSample::default() });
        IntervalSample {
            start: WallTime::from_unix_millis(start * 1000),
            end: WallTime::from_unix_millis(end * 1000),
            blue: side(blue),
            green: side(green),
            unserved: None,
        }
    }

    fn percent(green: u8) -> Split {
        Split::to_green(Weight::from_percent(green).unwrap())
    }

    const QUIET: Duration = Duration::from_secs(60);

    #[test]
    fn the_right_share_shows_and_the_wrong_one_does_not() {
        let mut share = Share::default();
        share.add(&sample(0, 20, 3600, 400));
        assert!(share.shows(percent(10), QUIET).is_some());
        assert!(share.shows(percent(50), QUIET).is_none());
        share.add(&sample(20, 40, 400, 3600));
        assert!(share.shows(percent(10), QUIET).is_none(), "the labels are swapped");
    }

    /// Blue was down for nearly all of the time: what it got and what green got look like halves.
    #[test]
    fn where_nobody_serves_many_nothing_is_shown() {
        let mut share = Share::default();
        let mut halves = sample(0, 10, 32, 37);
        halves.unserved = Some(551);
        share.add(&halves);
        assert!(share.shows(percent(50), QUIET).is_none());
        let mut again = sample(10, 20, 290, 310);
        again.unserved = Some(30);
        share.add(&again);
        assert!(share.shows(percent(50), QUIET).is_some(), "a few are always lost");
    }

    #[test]
    fn few_requests_are_put_together_until_they_are_enough() {
        let mut share = Share::default();
        share.add(&sample(0, 20, 45, 5));
        assert!(share.shows(percent(10), QUIET).is_none(), "50 requests are too few for 10 %");
        share.add(&sample(20, 40, 45, 5));
        let says = share.shows(percent(10), QUIET).unwrap();
        assert_eq!((says.blue, says.green), (90, 10));
    }

    #[test]
    fn all_traffic_shows_only_after_a_quiet_minute() {
        let mut share = Share::default();
        share.add(&sample(0, 20, 1, 4000));
        for start in [20, 40, 60] {
            assert!(share.shows(Split::ALL_GREEN, QUIET).is_none());
            share.add(&sample(start, start + 20, 0, 4000));
        }
        assert!(share.shows(Split::ALL_GREEN, QUIET).is_some());
    }

    #[test]
    fn a_gap_or_an_unknown_side_begins_anew() {
        let mut share = Share::default();
        share.add(&sample(0, 60, 0, 4000));
        assert!(share.shows(Split::ALL_GREEN, QUIET).is_some());
        share.add(&sample(90, 110, 0, 4000));
        assert!(share.shows(Split::ALL_GREEN, QUIET).is_none());
        let mut unknown = sample(110, 200, 0, 4000);
        unknown.blue = None;
        share.add(&unknown);
        assert!(share.shows(Split::ALL_GREEN, QUIET).is_none());
    }

    #[test]
    fn no_traffic_at_all_shows_nothing() {
        let mut share = Share::default();
        share.add(&sample(0, 600, 0, 0));
        for split in [Split::ALL_BLUE, Split::ALL_GREEN, percent(10)] {
            assert!(share.shows(split, QUIET).is_none());
        }
    }
}
