//! The target groups' own health checks, as a probe.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Compute as _, ErrorKind, HealthProbe, ProbeReport, ProbeRequest, ProviderError,
};

use crate::EcsCompute;
use crate::site::Site;

/// The probe [`TARGETS`]: whether every target of a side is healthy by its target group's checks,
/// and as many are as the service should have.
///
/// Checks of more than that (the database, the cache) are made through the preview rule by a probe
/// of the host's own.
#[derive(Clone, Debug)]
pub struct TargetProbe {
    compute: EcsCompute,
}

/// The name of the only probe that [`TargetProbe`] knows.
pub const TARGETS: &str = "targets";

impl TargetProbe {
    /// Makes the probe of a site.
    #[must_use]
    pub const fn new(site: Arc<Site>) -> Self {
        Self { compute: EcsCompute::new(site) }
    }
}

#[async_trait]
impl HealthProbe for TargetProbe {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        if request.probe.as_str() != TARGETS {
            return Err(ProviderError::new(ErrorKind::NotFound, "probe")
                .not_applied()
                .on(request.probe.as_str())
                .because(format!("the only probe here is {TARGETS:?}")));
        }
        let sides = self.compute.describe(cx).await?;
        let side = sides.side(request.side);
        let seen = match side.digests.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let mut detail = format!("{} of {} targets healthy", side.healthy, side.desired);
        for reason in &side.reasons {
            detail = format!("{detail}; {reason}");
        }
        let healthy = side.desired > 0 && side.healthy >= side.desired;
        Ok(ProbeReport { healthy, seen, detail })
    }
}
