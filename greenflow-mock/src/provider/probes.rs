//! The health probes of a world.

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, HealthProbe, ProbeReport, ProbeRequest, ProviderError,
};

use super::{Operation, Reply, unknown};
use crate::world::{ProbeBehaviour, State};

super::provider! {
    /// The health probes of a world.
    WorldProbes
}

#[async_trait]
impl HealthProbe for WorldProbes {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        let what = || format!("{} of {}", request.probe, request.side);
        self.world.ask(Operation::Probe, cx, what, |state, _| probe(state, &request)).await
    }
}

fn probe(state: &State, request: &ProbeRequest) -> Result<Reply<ProbeReport>, ProviderError> {
    let answers = &state.answers;
    let known = answers.probes.get(&request.probe).copied();
    if known.is_none() && answers.strict {
        return Err(unknown("probe", request.probe.as_str()));
    }
    let behaviour = match known.unwrap_or_default() {
        ProbeBehaviour::Follows => answers.every_probe.unwrap_or_default(),
        own @ (ProbeBehaviour::Healthy
        | ProbeBehaviour::Unhealthy
        | ProbeBehaviour::Error
        | ProbeBehaviour::Hangs) => own,
    };
    match behaviour {
        ProbeBehaviour::Hangs => return Ok(Reply::Never),
        ProbeBehaviour::Error => {
            return Err(ProviderError::new(ErrorKind::Unavailable, "probe").not_applied());
        }
        ProbeBehaviour::Follows | ProbeBehaviour::Healthy | ProbeBehaviour::Unhealthy => {}
    }
    let fleet = state.fleets.get(request.side);
    let healthy = behaviour.healthy(fleet.healthy(state.now) > 0);
    // One target answers: the odd one out, if there is one, as a caller would sooner or later see.
    let seen = if healthy { fleet.digests().into_iter().next_back() } else { None };
    let detail = if healthy { "200" } else { "no healthy answer" };
    Ok(Reply::Now(ProbeReport { healthy, seen, detail: detail.to_owned() }))
}
