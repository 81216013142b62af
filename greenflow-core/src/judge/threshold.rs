//! The plain judge: each limit against each sample, and so many in a row.

use super::{Judge, JudgeState, Judgement, SampleRejected};
use crate::fact::{Finding, FindingUnit};
use crate::plan::{Analysis, Bound, Limit};
use crate::provider::{IntervalSample, SideSample};
use crate::value::{MetricName, Severity, Side, Verdict};

/// Compares each sample with each limit; [`Analysis::consecutive`] bad ones in a row are a breach.
///
/// It makes no statistical claim: a limit near the true rate will be crossed by chance.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ThresholdJudge;

impl ThresholdJudge {
    /// Makes one.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// How much higher blue's value must be, in percent of green's, to be called worse: two sides that
/// share a cause differ by chance.
const WORSE_PERCENT: i128 = 125;

impl Judge for ThresholdJudge {
    fn id(&self) -> &'static str {
        "threshold"
    }

    fn start(&self, _: &Analysis) -> JudgeState {
        JudgeState::new(self.id(), 1)
    }

    fn step(
        &self,
        analysis: &Analysis,
        state: &JudgeState,
        sample: &IntervalSample,
    ) -> Result<JudgeState, SampleRejected> {
        check(state, sample)?;
        let mut next = JudgeState {
            judge: state.judge.clone(),
            version: state.version,
            until: Some(sample.end),
            counters: state.counters.clone(),
            findings: findings(analysis, sample, Side::Green),
            blue_findings: findings(analysis, sample, Side::Blue),
        };
        for (limit, finding) in analysis.limits.iter().zip(&next.findings) {
            let streak = next.counters.entry(counter(limit)).or_default();
            match finding.verdict {
                Verdict::Breach(_) => *streak = streak.saturating_add(1),
                Verdict::Healthy => *streak = 0,
                // A gap neither confirms a breach nor clears it.
                Verdict::Unknown => {}
            }
        }
        Ok(next)
    }

    fn judgement(&self, analysis: &Analysis, state: &JudgeState) -> Judgement {
        let last = worst(state.findings.iter().map(|finding| finding.verdict), state);
        let needed = i64::from(analysis.consecutive);
        let limited = analysis.limits.iter().zip(&state.findings);
        let confirmed = limited.filter_map(|(limit, finding)| match finding.verdict {
            Verdict::Breach(_) => {
                let streak = state.counters.get(&counter(limit)).copied().unwrap_or(0);
                (streak >= needed).then_some(finding.verdict)
            }
            Verdict::Healthy | Verdict::Unknown => Some(finding.verdict),
        });
        // A breach that is not confirmed yet is not known to be one, and is not healthy either.
        let unconfirmed = if matches!(last, Verdict::Breach(_)) { Verdict::Unknown } else { last };
        Judgement {
            last,
            confirmed: confirmed.fold(unconfirmed, Verdict::worse),
            findings: state.findings.clone(),
            blue: worst(state.blue_findings.iter().map(|finding| finding.verdict), state),
            blue_is_worse: blue_is_worse(state),
        }
    }
}

/// The counter of one limit: a metric may have several, and what is over one keeps another.
fn counter(limit: &Limit) -> String {
    [limit.metric.as_str(), " (", limit.severity.as_str(), ")"].concat()
}

fn check(state: &JudgeState, sample: &IntervalSample) -> Result<(), SampleRejected> {
    if sample.end <= sample.start {
        return Err(SampleRejected::Empty);
    }
    if state.until.is_some_and(|until| sample.start < until) {
        return Err(SampleRejected::Overlaps);
    }
    let contradicts = |side: &SideSample| {
        side.errors > side.requests || side.slower.iter().any(|slower| slower.count > side.requests)
    };
    if sample.blue.as_ref().is_some_and(contradicts)
        || sample.green.as_ref().is_some_and(contradicts)
    {
        return Err(SampleRejected::Contradicts);
    }
    Ok(())
}

/// The worst of some verdicts; without a sample nothing is known, without a limit all is well.
fn worst(verdicts: impl Iterator<Item = Verdict>, state: &JudgeState) -> Verdict {
    let start = if state.until.is_none() { Verdict::Unknown } else { Verdict::Healthy };
    verdicts.fold(start, Verdict::worse)
}

fn findings(analysis: &Analysis, sample: &IntervalSample, side: Side) -> Vec<Finding> {
    let limited = analysis.limits.iter().map(|limit| finding(limit, sample, side));
    let recorded = analysis.recorded.iter().map(|metric| recorded(metric, sample, side));
    limited.chain(recorded).collect()
}

/// A metric without a limit: its value is told, and its absence never counts against anybody.
fn recorded(metric: &MetricName, sample: &IntervalSample, side: Side) -> Finding {
    let counts = sample.side(side);
    let gauge = counts.and_then(|counts| counts.gauges.get(metric).copied());
    let events = counts.and_then(|counts| {
        counts.events.get(metric).and_then(|events| ppm(*events, counts.requests))
    });
    let unit = if gauge.is_none() && events.is_some() {
        FindingUnit::PartsPerMillion
    } else {
        FindingUnit::Micros
    };
    Finding {
        metric: metric.clone(),
        side,
        verdict: Verdict::Healthy,
        value: gauge.or(events),
        bound: None,
        unit,
        requests: counts.map_or(0, |counts| counts.requests),
    }
}

fn finding(limit: &Limit, sample: &IntervalSample, side: Side) -> Finding {
    let counts = sample.side(side);
    let requests = counts.map_or(0, |counts| counts.requests);
    let (value, bound, unit) = measure(limit, sample, counts);
    let verdict = match value {
        None => Verdict::Unknown,
        Some(value) if keeps(&limit.bound, value, bound) => Verdict::Healthy,
        Some(value) => Verdict::Breach(severity(limit, value, bound)),
    };
    Finding {
        metric: limit.metric.clone(),
        side,
        verdict,
        value,
        bound: Some(bound),
        unit,
        requests,
    }
}

/// Returns the measured value (none when nothing was measured), the bound, and their unit.
fn measure(
    limit: &Limit,
    sample: &IntervalSample,
    counts: Option<&SideSample>,
) -> (Option<i64>, i64, FindingUnit) {
    match &limit.bound {
        Bound::ErrorRate { below_ppm } => {
            let value = counts.and_then(|counts| ppm(counts.errors, counts.requests));
            (value, i64::from(*below_ppm), FindingUnit::PartsPerMillion)
        }
        Bound::Events { below_ppm } => {
            let value = counts.and_then(|counts| {
                counts.events.get(&limit.metric).and_then(|events| ppm(*events, counts.requests))
            });
            (value, i64::from(*below_ppm), FindingUnit::PartsPerMillion)
        }
        Bound::SlowerThan { than, over_ppm } => {
            let value = counts.and_then(|counts| {
                let slower = counts.slower.iter().find(|slower| slower.than == *than)?;
                ppm(slower.count, counts.requests)
            });
            let than_millis = u64::try_from(than.as_millis()).unwrap_or(u64::MAX);
            (value, i64::from(*over_ppm), FindingUnit::PartsPerMillionSlower { than_millis })
        }
        Bound::Gauge { below_micros } => {
            let value = counts.and_then(|counts| counts.gauges.get(&limit.metric).copied());
            (value, *below_micros, FindingUnit::Micros)
        }
        Bound::Throughput { at_least_per_kilosecond } => {
            let bound = i64::try_from(*at_least_per_kilosecond).unwrap_or(i64::MAX);
            (demand(sample), bound, FindingUnit::PerKilosecond)
        }
    }
}

fn keeps(bound: &Bound, value: i64, limit: i64) -> bool {
    match bound {
        Bound::ErrorRate { .. } | Bound::Events { .. } | Bound::Gauge { .. } => value < limit,
        Bound::SlowerThan { .. } => value <= limit,
        Bound::Throughput { .. } => value >= limit,
    }
}

fn severity(limit: &Limit, value: i64, bound: i64) -> Severity {
    let critical = limit
        .critical_at
        .is_some_and(|times| i128::from(value) >= i128::from(bound) * i128::from(times));
    match limit.bound {
        // Demand is not the release's doing: its lack is never worse than the plan says.
        Bound::Throughput { .. } => limit.severity,
        Bound::ErrorRate { .. }
        | Bound::Events { .. }
        | Bound::SlowerThan { .. }
        | Bound::Gauge { .. }
            if critical =>
        {
            Severity::Critical
        }
        Bound::ErrorRate { .. }
        | Bound::Events { .. }
        | Bound::SlowerThan { .. }
        | Bound::Gauge { .. } => limit.severity,
    }
}

/// Parts per million; nothing of nothing is unknown.
fn ppm(part: u64, whole: u64) -> Option<i64> {
    let value = (u128::from(part) * 1_000_000).checked_div(u128::from(whole))?;
    i64::try_from(value).ok()
}

/// Demand on both sides together, in requests per 1000 s.
fn demand(sample: &IntervalSample) -> Option<i64> {
    let (blue, green) = (sample.blue.as_ref()?, sample.green.as_ref()?);
    let millis = sample.end.since(sample.start).as_millis();
    let requests = u128::from(blue.requests) + u128::from(green.requests);
    i64::try_from((requests * 1_000_000).checked_div(millis)?).ok()
}

/// Blue is worse when, on a limit that green breaks, blue's value is clearly the higher.
fn blue_is_worse(state: &JudgeState) -> bool {
    state.findings.iter().zip(&state.blue_findings).any(|(green, blue)| {
        let broken = matches!(green.verdict, Verdict::Breach(_));
        let both = green.value.zip(blue.value);
        broken
            && matches!(blue.verdict, Verdict::Breach(_))
            && both.is_some_and(|(green, blue)| {
                i128::from(blue) * 100 > i128::from(green) * WORSE_PERCENT
            })
    })
}

#[cfg(test)]
mod tests;
