//! From values a minute to the counts of an interval.

use std::collections::BTreeMap;

use greenflow_core::provider::{ErrorKind, SideSample, SlowerThan};

use super::series::Wanted;
use crate::api::{ApiError, Series};

/// The answers of CloudWatch for the whole minutes from `start` on and before `end`.
pub(super) struct Minutes<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) data: &'a BTreeMap<Series, BTreeMap<i64, f64>>,
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Minutes<'_> {
    /// Ends them where it changes whether the balancer counted: one minute without a request makes
    /// those beside it no less known.
    pub(super) fn alike(self) -> Self {
        let end = self.each().find(|minute| self.is_known(*minute) != self.is_known(self.start));
        Self { end: end.unwrap_or(self.end), ..self }
    }

    /// Counts a side; `None` when it is not known.
    pub(super) fn side(&self, series: &[Series]) -> Result<Option<SideSample>, ApiError> {
        // Nothing was published for the target group: that is 0 only if the balancer counted.
        if !self.each().all(|minute| self.is_known(minute)) {
            return Ok(None);
        }
        let [requests, errors, timed, rest @ ..] = series else { return Ok(None) };
        let thresholds = self.wanted.thresholds;
        let (within, rest) = rest.split_at(thresholds.len().min(rest.len()));
        let (events, gauges) = rest.split_at(self.wanted.events.len().min(rest.len()));
        let mut counts = SideSample { requests: self.sum(requests)?, ..SideSample::default() };
        let failed = self.failed(requests, timed)?;
        // Minutes are cut at the edges: a part may be counted a moment before the whole.
        counts.errors = self.sum(errors)?.saturating_add(failed).min(counts.requests);
        for (than, within) in thresholds.iter().zip(within) {
            let slower = self.slower(requests, timed, within, failed)?;
            let Some(slower) = slower else { return Ok(None) };
            let count = slower.min(counts.requests);
            counts.slower.push(SlowerThan { than: *than, count });
        }
        for (name, event) in self.wanted.events.iter().zip(events) {
            counts.events.insert((*name).clone(), self.sum(event)?.min(counts.requests));
        }
        for (gauge, series) in self.wanted.gauges.iter().zip(gauges) {
            if let Some(mean) = self.mean(series)? {
                counts.gauges.insert(gauge.name.clone(), mean);
            }
        }
        Ok(Some(counts))
    }

    /// Requests that the balancer answered itself with an error: nobody served them.
    pub(super) fn unserved(&self) -> Result<Option<u64>, ApiError> {
        let series = self.wanted.balancer();
        let [_, errors] = series.as_slice() else { return Ok(None) };
        if !self.each().all(|minute| self.is_known(minute)) {
            return Ok(None);
        }
        self.sum(errors).map(Some)
    }

    /// Requests that a target was chosen for and never answered: the balancer did so in its place,
    /// with 502 or 504. It counts these as its own, of all target groups together; so they are what
    /// has no time, and no more than it answered so. The rest are clients that did not wait.
    fn failed(&self, requests: &Series, timed: &Series) -> Result<u64, ApiError> {
        let untimed = self.sum(requests)?.saturating_sub(self.sum(timed)?);
        let series = self.wanted.balancer();
        let [_, of_balancer] = series.as_slice() else { return Ok(0) };
        Ok(untimed.min(self.sum(of_balancer)?))
    }

    /// How many answers were slower than a threshold; `None` when it is not known.
    fn slower(
        &self,
        requests: &Series,
        timed: &Series,
        within: &Series,
        failed: u64,
    ) -> Result<Option<u64>, ApiError> {
        let (mut slower, mut untimed) = (0.0, 0.0);
        for minute in self.each() {
            match (self.value(timed, minute), self.value(within, minute)) {
                // Where no answer was quick enough, there is none to be counted.
                (Some(timed), within) => {
                    slower += (sensible(timed)? - sensible(within.unwrap_or(0.0))?).max(0.0);
                }
                (None, None) => untimed += self.value(requests, minute).unwrap_or(0.0),
                (None, Some(_)) => return Ok(None),
            }
        }
        // What failed has no time either.
        if whole(untimed)? > failed { Ok(None) } else { whole(slower).map(Some) }
    }

    fn sum(&self, series: &Series) -> Result<u64, ApiError> {
        let mut sum = 0.0;
        for value in self.each().filter_map(|minute| self.value(series, minute)) {
            sum += sensible(value)?;
        }
        whole(sum)
    }

    /// The mean over the minutes that have a value, in millionths.
    fn mean(&self, series: &Series) -> Result<Option<i64>, ApiError> {
        let values: Vec<f64> =
            self.each().filter_map(|minute| self.value(series, minute)).collect();
        if values.is_empty() {
            return Ok(None);
        }
        let mut sum = 0.0;
        for value in &values {
            sum += sensible(*value)?;
        }
        let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let micros = whole(sum / f64::from(count) * 1_000_000.0)?;
        Ok(i64::try_from(micros).ok())
    }

    /// Whether the balancer counted in this minute.
    fn is_known(&self, minute: i64) -> bool {
        let series = self.wanted.balancer();
        series.first().is_some_and(|total| self.value(total, minute).is_some())
    }

    fn value(&self, series: &Series, minute: i64) -> Option<f64> {
        self.data.get(series)?.get(&minute).copied()
    }

    fn each(&self) -> impl Iterator<Item = i64> {
        let period = i64::from(self.wanted.period);
        (0..(self.end - self.start) / period).map(move |index| self.start + index * period)
    }
}

/// What CloudWatch says is a number, finite and not negative, or no answer at all.
fn sensible(value: f64) -> Result<f64, ApiError> {
    if value.is_finite() && (0.0..MOST).contains(&value) {
        return Ok(value);
    }
    let what = format!("{value} is no count");
    Err(ApiError::new(ErrorKind::Unexpected, "senseless value", what).not_applied())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be within what a u64 holds exactly"
)]
fn whole(value: f64) -> Result<u64, ApiError> {
    Ok(sensible(value)?.round() as u64)
}

/// Beyond this a float no longer counts by ones.
const MOST: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::layout::Which;
    use crate::layout::tests::layout;

    /// Counts slot a over two minutes from 600 on, for which the load balancer, the group's
    /// requests, errors, answers with a time, and those within 500 ms have these values.
    fn count(values: [[Option<f64>; 2]; 5]) -> Result<Option<SideSample>, ApiError> {
        let [total, rest @ ..] = values;
        count_beside(NONE, [[total].as_slice(), &rest].concat())
    }

    /// The same, where the load balancer has answered so many itself with an error.
    fn count_beside(
        failed: [Option<f64>; 2],
        values: Vec<[Option<f64>; 2]>,
    ) -> Result<Option<SideSample>, ApiError> {
        let layout = layout();
        let thresholds = [Duration::from_millis(500)];
        let (events, gauges) = (&[], &[]);
        let wanted =
            Wanted { layout: &layout, period: 60, thresholds: &thresholds, events, gauges };
        let side = wanted.side(Which::A);
        let all = [wanted.balancer(), side.clone()].concat();
        let values = [&values[..1], &[failed], &values[1..]].concat();
        let data = all.into_iter().zip(values).map(|(series, values)| {
            let minutes = [600, 660].into_iter().zip(values);
            (series, minutes.filter_map(|(minute, value)| Some((minute, value?))).collect())
        });
        let data = data.collect();
        Minutes { wanted: &wanted, data: &data, start: 600, end: 720 }.side(&side)
    }

    const TOTAL: [Option<f64>; 2] = [Some(100.0), Some(100.0)];
    const NONE: [Option<f64>; 2] = [None, None];

    #[test]
    fn counts_are_sums_and_the_slow_are_those_not_within() {
        let (some, errors) = ([Some(60.0), Some(40.0)], [None, Some(3.0)]);
        let within = [Some(57.0), Some(40.0)];
        let counts = count([TOTAL, some, errors, some, within]).unwrap().unwrap();
        assert_eq!((counts.requests, counts.errors, counts.slower[0].count), (100, 3, 3));
    }

    #[test]
    fn nothing_published_is_zero_only_if_the_balancer_counted() {
        let counts = count([TOTAL, NONE, NONE, NONE, NONE]).unwrap().unwrap();
        assert_eq!((counts.requests, counts.errors), (0, 0));
        assert_eq!(count([[Some(100.0), None], NONE, NONE, NONE, NONE]).unwrap(), None);
        // Requests without times: how slow they were is not known.
        assert_eq!(count([TOTAL, TOTAL, NONE, NONE, NONE]).unwrap(), None);
    }

    #[test]
    fn what_the_balancer_answered_in_a_targets_place_is_an_error() {
        let (requests, failed) = ([Some(60.0), Some(40.0)], [Some(1.0), Some(7.0)]);
        let (errors, timed) = ([None, Some(2.0)], [Some(60.0), Some(34.0)]);
        let beside = |failed, timed, within| {
            count_beside(failed, vec![TOTAL, requests, errors, timed, within]).unwrap()
        };
        let counts = beside(failed, timed, timed).unwrap();
        assert_eq!((counts.errors, counts.slower[0].count), (2 + 6, 0));
        // The others left without an answer.
        let counts = beside([None, Some(4.0)], timed, timed).unwrap();
        assert_eq!(counts.errors, 2 + 4);
        // None was answered at all in the second minute.
        let cut = [Some(60.0), None];
        let counts = beside([None, Some(40.0)], cut, cut).unwrap();
        assert_eq!((counts.errors, counts.slower[0].count), (2 + 40, 0));
        assert_eq!(beside([None, Some(39.0)], cut, cut), None, "one without time or error");
        // Another target group's failures are not this one's.
        let counts = beside(failed, requests, requests).unwrap();
        assert_eq!(counts.errors, 2);
    }

    #[test]
    fn minutes_end_where_the_balancer_begins_or_ceases_to_count() {
        for (known, end) in [
            ([true, true, true], 780),
            ([true, true, false], 720),
            ([true, false, true], 660),
            ([false, true, true], 660),
            ([false, false, true], 720),
            ([false, false, false], 780),
        ] {
            let layout = layout();
            let (thresholds, events, gauges) = (&[], &[], &[]);
            let wanted = Wanted { layout: &layout, period: 60, thresholds, events, gauges };
            let minutes = [600, 660, 720].into_iter().zip(known);
            let total = minutes.filter_map(|(minute, is)| is.then_some((minute, 1.0))).collect();
            let data = BTreeMap::from([(wanted.balancer()[0].clone(), total)]);
            let minutes = Minutes { wanted: &wanted, data: &data, start: 600, end: 780 }.alike();
            assert_eq!((minutes.start, minutes.end), (600, end), "{known:?}");
            let side = minutes.side(&wanted.side(Which::A)).unwrap();
            assert_eq!(side.is_some(), known[0], "{known:?}");
            assert_eq!(minutes.unserved().unwrap().is_some(), known[0], "{known:?}");
        }
    }

    #[test]
    fn what_is_no_count_is_an_error() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            let error = count([TOTAL, [Some(bad), None], NONE, NONE, NONE]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unexpected, "{bad}");
        }
    }
}
