//! The contract of [`Judge`]. A judge is pure, so these checks are no futures.

use std::time::Duration;

use super::result::{Checked, ensure, fail, made};
use super::{ClauseResult, Report};
use crate::judge::{Judge, JudgeState, Judgement};
use crate::plan::{Analysis, Bound, Limit};
use crate::provider::{IntervalSample, SideSample, SlowerThan};
use crate::value::{MetricName, Severity, Verdict, WallTime};

type Check = fn(&dyn Judge) -> ClauseResult;

/// Checks every clause. `fresh` makes a new judge for each.
pub fn run_all<J: Judge>(name: &str, fresh: impl Fn() -> J) -> Report {
    let mut report = Report::new(name, "Judge");
    let checks: [(&str, &str, Check); 4] = [
        ("JU-1", "nothing_but_the_arguments_counts", nothing_but_the_arguments_counts),
        ("JU-2", "no_sample_counts_twice", no_sample_counts_twice),
        ("JU-3", "missing_is_unknown", missing_is_unknown),
        ("JU-4", "healthy_needs_every_limit", healthy_needs_every_limit),
    ];
    for (id, name, check) in checks {
        report.add(id, name, check(&fresh()));
    }
    report
}

/// JU-1: judges the same samples twice, the second time with states that were written down and
/// read again, and with other samples in between.
#[must_use]
pub fn nothing_but_the_arguments_counts(judge: &dyn Judge) -> ClauseResult {
    let check = || {
        let analysis = analysis()?;
        let samples = [good(1), bad(2), good(3), bad(4), bad(5)];
        let mut first = vec![judge.start(&analysis)];
        for sample in &samples {
            first.push(step(judge, &analysis, first.last(), sample)?);
        }
        for (place, sample) in samples.iter().enumerate() {
            let written = made(serde_json::to_string(&first[place]))?;
            let read: JudgeState = made(serde_json::from_str(&written))?;
            drop(judge.step(&analysis, &judge.start(&analysis), &good(99)));
            let again = step(judge, &analysis, Some(&read), sample)?;
            let (then, now) = (&first[place + 1], &again);
            ensure(then == now, || format!("sample {place} gave {then:?}, and again {now:?}"))?;
            let (then, now) = (judge.judgement(&analysis, then), judge.judgement(&analysis, now));
            ensure(then == now, || format!("sample {place} was {then:?}, and again {now:?}"))?;
        }
        Ok(())
    };
    check().into()
}

/// JU-2: repeats a sample, overlaps one, goes back, and contradicts itself.
#[must_use]
pub fn no_sample_counts_twice(judge: &dyn Judge) -> ClauseResult {
    let check = || {
        let analysis = analysis()?;
        let state = step(judge, &analysis, Some(&judge.start(&analysis)), &good(5))?;
        let mut overlapping = good(6);
        overlapping.start = overlapping.start.before(Duration::from_secs(1));
        let mut empty = good(7);
        empty.end = empty.start;
        let mut errors = good(8);
        errors.green = Some(SideSample { errors: REQUESTS + 1, ..side(0) });
        let mut slow = good(9);
        slow.green = Some(side(REQUESTS + 1));
        slow.green.iter_mut().for_each(|side| side.errors = 0);
        let wrong = [
            ("the same sample again", good(5)),
            ("a sample of before", good(3)),
            ("an overlapping sample", overlapping),
            ("an empty interval", empty),
            ("more errors than requests", errors),
            ("more slow requests than requests", slow),
        ];
        for (what, sample) in wrong {
            ensure(judge.step(&analysis, &state, &sample).is_err(), || {
                format!("{what} was accepted")
            })?;
        }
        step(judge, &analysis, Some(&state), &good(6)).map(drop)
    };
    check().into()
}

/// JU-3: judges nothing at all, no side, 0 of 0, and a limited series that is absent.
#[must_use]
pub fn missing_is_unknown(judge: &dyn Judge) -> ClauseResult {
    let check = || {
        let analysis = analysis()?;
        let start = judge.start(&analysis);
        not_healthy(&judge.judgement(&analysis, &start), "before any sample")?;
        let mut none = good(1);
        none.green = None;
        let mut empty = good(1);
        empty.green = Some(SideSample { requests: 0, ..side(0) });
        empty.green.iter_mut().flat_map(|side| side.events.values_mut()).for_each(|n| *n = 0);
        let mut absent = good(1);
        absent.green.iter_mut().for_each(|side| side.events.clear());
        for (what, sample) in
            [("no green", none), ("0 of 0 on green", empty), ("an absent series", absent)]
        {
            let state = step(judge, &analysis, Some(&start), &sample)?;
            not_healthy(&judge.judgement(&analysis, &state), what)?;
        }
        Ok(())
    };
    check().into()
}

/// JU-4: after many good samples, one lacks a limit's measurement, or breaks one.
#[must_use]
pub fn healthy_needs_every_limit(judge: &dyn Judge) -> ClauseResult {
    let check = || {
        let analysis = analysis()?;
        let mut state = judge.start(&analysis);
        for n in 1..=ENOUGH {
            state = step(judge, &analysis, Some(&state), &good(n))?;
        }
        let judgement = judge.judgement(&analysis, &state);
        if judgement.last != Verdict::Healthy {
            return fail(format!("{ENOUGH} good samples in a row are {}", judgement.last));
        }
        let mut unmeasured = good(ENOUGH + 1);
        unmeasured.green.iter_mut().for_each(|side| side.slower.clear());
        for (what, sample) in
            [("a limit was not measured", unmeasured), ("a limit is broken", bad(ENOUGH + 1))]
        {
            let next = step(judge, &analysis, Some(&state), &sample)?;
            let last = judge.judgement(&analysis, &next).last;
            ensure(last != Verdict::Healthy, || {
                format!("after good samples {what} in the last, and it is healthy")
            })?;
        }
        Ok(())
    };
    check().into()
}

fn step(
    judge: &dyn Judge,
    analysis: &Analysis,
    state: Option<&JudgeState>,
    sample: &IntervalSample,
) -> Checked<JudgeState> {
    let start = judge.start(analysis);
    match judge.step(analysis, state.unwrap_or(&start), sample) {
        Ok(state) => Ok(state),
        Err(why) => fail(format!("a proper sample was rejected: {why}")),
    }
}

fn not_healthy(judgement: &Judgement, what: &str) -> Checked {
    let healthy = judgement.last == Verdict::Healthy || judgement.confirmed == Verdict::Healthy;
    ensure(!healthy, || format!("{what}: {judgement:?}"))
}

/// Fewer than 1 % errors, at most 5 % over half a second, fewer than 1 % of tracked errors.
fn analysis() -> Checked<Analysis> {
    let limit = |metric: &str, bound| {
        Ok(Limit {
            metric: made(MetricName::new(metric))?,
            bound,
            severity: Severity::Major,
            critical_at: None,
        })
    };
    Ok(Analysis {
        every: MINUTE,
        consecutive: 2,
        unknown_budget: 5 * MINUTE,
        min_requests: 0,
        limits: vec![
            limit("error-rate", Bound::ErrorRate { below_ppm: 10_000 })?,
            limit("response-time", Bound::SlowerThan { than: HALF, over_ppm: 50_000 })?,
            limit(TRACKED, Bound::Events { below_ppm: 10_000 })?,
        ],
        recorded: Vec::new(),
    })
}

/// The sample of minute `n`, with every limit kept.
fn good(n: u32) -> IntervalSample {
    sample(n, side(REQUESTS / 1000))
}

/// The same with a third of the requests in error, slow and tracked.
fn bad(n: u32) -> IntervalSample {
    sample(n, side(REQUESTS / 3))
}

fn sample(n: u32, green: SideSample) -> IntervalSample {
    let start = WallTime::from_unix_millis(1_770_000_000_000).after(MINUTE * n);
    IntervalSample {
        start,
        end: start.after(MINUTE),
        blue: Some(side(0)),
        green: Some(green),
        unserved: Some(0),
    }
}

fn side(faults: u64) -> SideSample {
    SideSample {
        requests: REQUESTS,
        errors: faults,
        slower: vec![SlowerThan { than: HALF, count: faults }],
        events: MetricName::new(TRACKED).into_iter().map(|name| (name, faults)).collect(),
        gauges: std::collections::BTreeMap::new(),
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HALF: Duration = Duration::from_millis(500);
const TRACKED: &str = "error-tracker";
/// Enough requests in each sample for a judge that wants evidence.
const REQUESTS: u64 = 100_000;
/// Enough good samples for a judge that wants many.
const ENOUGH: u32 = 50;
