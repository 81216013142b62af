//! Health probes that are wrong on purpose.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, HealthProbe, ProbeReport, ProbeRequest, ProviderError,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::Side;

use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};
use crate::world::{Change, SideChange, World};

mistakes! {
    /// What a health probe does wrong.
    ProbeMistake {
        /// It is content with any side that answers.
        AsksAnySide = ("asks-any-side", "HP-1"),
        /// It reads a senseless answer as a good one.
        ReadsNonsenseAsWell = ("reads-nonsense-as-well", "HP-2"),
        /// It does not look at what answered.
        NamesNobody = ("names-nobody", "HP-3"),
        /// It starts another target each time.
        ChangesTheSide = ("changes-the-side", "HP-4"),
        /// It finds a probe healthy that there is not.
        KnowsEveryProbe = ("knows-every-probe", "HP-5"),
    }
}

impl ProbeMistake {
    /// Runs the test kit on a probe that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::health(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenProbe::new(self, fixture.providers().health, fixture.world()))
        })
    }
}

/// A probe that makes one mistake.
#[derive(Debug)]
pub struct BrokenProbe {
    mistake: ProbeMistake,
    inner: Arc<dyn HealthProbe>,
    world: World,
}

impl BrokenProbe {
    /// Lets `inner`, a probe of `world`, make a mistake.
    #[must_use]
    pub const fn new(mistake: ProbeMistake, inner: Arc<dyn HealthProbe>, world: World) -> Self {
        Self { mistake, inner, world }
    }

    fn start_another(&self, side: Side) {
        let targets = self.world.truth().sides.get(side).desired + 1;
        self.world.change(Change::Side(side, SideChange::Targets(targets)));
    }
}

#[async_trait]
impl HealthProbe for BrokenProbe {
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        let well = ProbeReport { healthy: true, seen: None, detail: "200".to_owned() };
        let other = ProbeRequest::new(request.probe.clone(), request.side.other());
        let side = request.side;
        if self.mistake == ProbeMistake::ChangesTheSide {
            self.start_another(side);
        }
        match self.inner.probe(cx, request).await {
            Ok(mut report) => {
                if self.mistake == ProbeMistake::AsksAnySide {
                    report.healthy |= self.inner.probe(cx, other).await?.healthy;
                }
                if self.mistake == ProbeMistake::NamesNobody {
                    report.seen = None;
                }
                Ok(report)
            }
            Err(error) => {
                let nonsense = error.kind() == ErrorKind::Unexpected
                    && self.mistake == ProbeMistake::ReadsNonsenseAsWell;
                let unknown = error.kind() == ErrorKind::NotFound
                    && self.mistake == ProbeMistake::KnowsEveryProbe;
                if nonsense || unknown { Ok(well) } else { Err(error) }
            }
        }
    }
}
