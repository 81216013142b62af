//! The balancer of a world.

use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, LoadBalancer, LoadBalancerCapabilities, ObservedSplit, ProviderError, SetSplit,
};

use super::{Operation, Reply, What};
use crate::faults::FaultKind;

super::provider! {
    /// The balancer of a world.
    ///
    /// The repeat of a write puts its split in place again (LB-3), unless a fence keeps it out: where
    /// there is none it takes the place of a newer one, as with a real balancer that knows nothing of
    /// its writers.
    WorldBalancer
}

#[async_trait]
impl LoadBalancer for WorldBalancer {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        let state = self.world.lock();
        let model = &state.router.model;
        LoadBalancerCapabilities { granularity: model.granularity, fence: model.fence }
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        self.world.write(cx, What::Split(request.split)).await.map(drop)
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        let read = move |state: &mut crate::world::State, fault| {
            let age = match fault {
                Some(FaultKind::StaleRead { age }) => age,
                Some(_) | None => Duration::ZERO,
            };
            Ok(Reply::Now(state.router.observe(state.now, age)))
        };
        self.world.look(Operation::ReadSplit, cx, String::new, read).await
    }
}
