//! Carrying out a read: one call, one answer.

use std::sync::Arc;
use std::time::Duration;

use super::Calls;
use super::classify::no_answer;
use crate::engine::LeaseLoss;
use crate::engine::time::within;
use crate::machine::{Read, ReadOrder, Reading};
use crate::provider::{
    CallContext, CheckRequest, FailureRecord, ProbeRequest, ProviderError, SampleRequest,
};

/// Carries out a read, once.
///
/// # Errors
/// How the lease was lost, if it is: then nothing was asked.
pub(in crate::engine) async fn read(
    calls: Arc<Calls>,
    order: ReadOrder,
) -> Result<(Read, Result<Reading, FailureRecord>), LeaseLoss> {
    let ReadOrder { read, deadline } = order;
    let suite = match &read {
        Read::Check { .. } => calls.suite().await,
        Read::Split | Read::Sides | Read::Sample { .. } | Read::Probe { .. } => None,
    };
    let slot = calls.slot().await;
    calls.lease().remaining()?;
    let cx = calls.read_context(deadline);
    let answer = within(calls.clock(), deadline, ask(&calls, &cx, &read)).await;
    drop((slot, suite));
    let result = settle(&read, answer, deadline);
    if let Err(failure) = &result {
        calls.tell_failure(None, 1, failure.clone(), None);
    }
    Ok((read, result))
}

fn settle(
    read: &Read,
    answer: Option<Result<Reading, ProviderError>>,
    deadline: Duration,
) -> Result<Reading, FailureRecord> {
    match answer {
        Some(Ok(reading)) => Ok(reading),
        Some(Err(error)) => Err(error.to_record()),
        None => Err(no_answer(name(read), deadline)),
    }
}

async fn ask(calls: &Calls, cx: &CallContext, read: &Read) -> Result<Reading, ProviderError> {
    let providers = calls.providers();
    Ok(match read {
        Read::Split => Reading::Split(providers.load_balancer.as_ref().read_split(cx).await?),
        Read::Sides => Reading::Sides(providers.compute.as_ref().describe(cx).await?),
        Read::Sample { start, end, thresholds, metrics } => {
            let mut request = SampleRequest::new(*start, *end);
            request.thresholds.clone_from(thresholds);
            request.metrics.clone_from(metrics);
            Reading::Sample(providers.metrics.as_ref().sample(cx, request).await?)
        }
        Read::Check { stage, check } => {
            let request = CheckRequest::new(check.clone(), *stage, calls.green().clone());
            Reading::Check(providers.checks.run(cx, request).await?)
        }
        Read::Probe { probe, side } => {
            let request = ProbeRequest::new(probe.clone(), *side);
            Reading::Probe(providers.health.probe(cx, request).await?)
        }
    })
}

const fn name(read: &Read) -> &'static str {
    match read {
        Read::Split => "read split",
        Read::Sides => "describe",
        Read::Sample { .. } => "sample",
        Read::Check { .. } => "run check",
        Read::Probe { .. } => "probe",
    }
}
