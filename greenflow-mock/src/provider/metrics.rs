//! The metric source of a world.

use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, IntervalSample, MetricCapabilities, MetricSource, ProviderError,
    SampleRequest, SideSample,
};
use greenflow_core::value::{MetricName, Side, WallTime};

use super::{Operation, Reply};
use crate::rng::{Rng, label};
use crate::world::{Ledger, MetricsBehaviour, State};

super::provider! {
    /// The metric source of a world. It labels intervals with the world's own wall time, which no
    /// jump of a controller's clock moves.
    WorldMetrics
}

#[async_trait]
impl MetricSource for WorldMetrics {
    fn capabilities(&self) -> MetricCapabilities {
        let state = self.world.lock();
        MetricCapabilities { shortest: state.metrics.shortest, delay: state.metrics.delay }
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        let (start, span) = (request.start, request.end.since(request.start));
        let what = || format!("{start:?} for {} s", span.as_secs());
        self.world.look(Operation::Sample, cx, what, move |state, _| sample(state, &request)).await
    }
}

/// Answers as the source behaves now.
fn sample(
    state: &mut State,
    request: &SampleRequest,
) -> Result<Reply<IntervalSample>, ProviderError> {
    match state.metrics.behaviour {
        MetricsBehaviour::Hangs => return Ok(Reply::Never),
        MetricsBehaviour::Error => {
            return Err(unavailable("the metric service is down"));
        }
        MetricsBehaviour::Stuck => {
            if let Some(last) = &state.metrics.last {
                return Ok(Reply::Now(last.clone()));
            }
        }
        MetricsBehaviour::Stale(by) => {
            let mut earlier = request.clone();
            earlier.start = earlier.start.before(by);
            earlier.end = earlier.end.before(by);
            return truth(state, &earlier).map(Reply::Now);
        }
        MetricsBehaviour::True
        | MetricsBehaviour::Missing
        | MetricsBehaviour::NotANumber(_)
        | MetricsBehaviour::Empty
        | MetricsBehaviour::Nonsense
        | MetricsBehaviour::Swapped => {}
    }
    let truth = truth(state, request)?;
    if matches!(state.metrics.behaviour, MetricsBehaviour::True | MetricsBehaviour::Stuck) {
        state.metrics.last = Some(truth.clone());
    }
    Ok(Reply::Now(distort(state.metrics.behaviour, truth)))
}

/// Says of a true sample what the source says instead.
fn distort(behaviour: MetricsBehaviour, mut sample: IntervalSample) -> IntervalSample {
    match behaviour {
        MetricsBehaviour::Missing => {
            (sample.blue, sample.green, sample.unserved) = (None, None, None);
        }
        MetricsBehaviour::NotANumber(Side::Blue) => sample.blue = None,
        MetricsBehaviour::NotANumber(Side::Green) => sample.green = None,
        MetricsBehaviour::Empty => {
            sample.blue = Some(SideSample::default());
            sample.green = Some(SideSample::default());
            sample.unserved = Some(0);
        }
        MetricsBehaviour::Nonsense => {
            for side in [&mut sample.blue, &mut sample.green].into_iter().flatten() {
                side.errors = side.requests.saturating_add(1).saturating_mul(3);
            }
        }
        MetricsBehaviour::Swapped => std::mem::swap(&mut sample.blue, &mut sample.green),
        MetricsBehaviour::True
        | MetricsBehaviour::Stale(_)
        | MetricsBehaviour::Stuck
        | MetricsBehaviour::Error
        | MetricsBehaviour::Hangs => {}
    }
    sample
}

/// Counts the part of the interval that is complete.
fn truth(state: &mut State, request: &SampleRequest) -> Result<IntervalSample, ProviderError> {
    let begin = state.clock.start();
    let behind = state.metrics.delay.saturating_add(state.metrics.late);
    let complete = state.now.saturating_sub(behind);
    let start = since(begin, request.start)?;
    let end = since(begin, request.end)?.min(complete);
    if end < start || end - start < state.metrics.shortest {
        return Err(unavailable("the interval is not complete yet"));
    }
    let counted = state
        .ledger
        .sample(start..end, &request.thresholds, &request.metrics)
        .ok_or_else(|| unavailable("the interval is out of reach"))?;
    let (mut blue, mut green) = (counted.blue, counted.green);
    for (side, sample) in [(Side::Blue, &mut blue), (Side::Green, &mut green)] {
        for name in &request.metrics {
            if let Some(value) = gauge(state, side, name, end) {
                sample.gauges.insert(name.clone(), value);
            }
        }
    }
    Ok(IntervalSample {
        start: begin.after(start),
        end: begin.after(end),
        blue: Some(blue),
        green: Some(green),
        unserved: Some(counted.nobody),
    })
}

/// Reads a gauge: its value and a few percent of noise, in millionths. A side that runs nothing
/// has none.
fn gauge(state: &State, side: Side, name: &MetricName, at: Duration) -> Option<i64> {
    let value = *state.models.get(side).gauges.get(name)?;
    if state.fleets.get(side).running() == 0 {
        return None;
    }
    let key = [label("gauge"), side as u64, label(name.as_str()), at.as_secs()];
    let noise = 1.0 + (Rng::keyed(state.seed, &key).unit() - 0.5) * GAUGE_NOISE;
    Some(micros(value * noise))
}

/// Returns how long after the world's start a wall time is.
fn since(begin: WallTime, at: WallTime) -> Result<Duration, ProviderError> {
    if at < begin {
        return Err(unavailable("the interval is out of reach"));
    }
    Ok(at.since(begin))
}

fn unavailable(why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Unavailable, "sample").not_applied().because(why)
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, as it should here")]
fn micros(value: f64) -> i64 {
    (value * 1e6).round() as i64
}

/// Gauges differ from their value by up to half of this share.
const GAUGE_NOISE: f64 = 0.06;

/// A daily report must be in reach.
const _: () = assert!(Ledger::REACH.as_secs() > 86_400);
