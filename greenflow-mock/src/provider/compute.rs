//! The compute provider of a world.

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Compute, ComputeCapabilities, Pin, ProviderError, Provision, Provisioned, Remove,
    Sides,
};

use super::{Answer, Operation, Reply, What};
use crate::faults::FaultKind;
use crate::world::State;

super::provider! {
    /// The compute provider of a world.
    WorldCompute
}

#[async_trait]
impl Compute for WorldCompute {
    fn capabilities(&self) -> ComputeCapabilities {
        ComputeCapabilities { fence: self.world.lock().compute_fence, pins: true }
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        let read = move |state: &mut State, fault| {
            let mut sides = Sides {
                blue: state.fleets.blue.describe(state.now),
                green: state.fleets.green.describe(state.now),
            };
            if let Some(FaultKind::Misses { targets }) = fault {
                for side in [&mut sides.blue, &mut sides.green] {
                    side.healthy = side.healthy.saturating_sub(targets);
                }
            }
            Ok(Reply::Now(sides))
        };
        self.world.look(Operation::Describe, cx, String::new, read).await
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        match self.world.write(cx, What::Provision(request)).await? {
            Answer::Provisioned(resources) => Ok(Provisioned { resources }),
            Answer::Done => Ok(Provisioned { resources: Vec::new() }),
        }
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        self.world.write(cx, What::Pin(request)).await.map(drop)
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        self.world.write(cx, What::Remove(request)).await.map(drop)
    }
}
