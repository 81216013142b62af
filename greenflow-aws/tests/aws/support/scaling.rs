//! Application Auto Scaling, played.

use std::time::Duration;

use async_trait::async_trait;
use greenflow_aws::api::{ApiError, ScalingApi, Suspension};

use super::fault::Op;
use super::world::Aws;

#[async_trait]
impl ScalingApi for Aws {
    async fn suspension(
        &self,
        limit: Duration,
        resource: &str,
    ) -> Result<Option<Suspension>, ApiError> {
        self.read(Op::DescribeScalableTargets, limit, |_, state, _| {
            Ok(state.scaling.get(resource).copied())
        })
        .await
    }

    async fn suspend(
        &self,
        limit: Duration,
        resource: &str,
        suspension: Suspension,
    ) -> Result<(), ApiError> {
        let resource = resource.to_owned();
        self.write(Op::RegisterScalableTarget, limit, move |shared, now| {
            shared.change(now, |state, _| {
                state.scaling.insert(resource, suspension);
            });
        })
        .await
    }
}
