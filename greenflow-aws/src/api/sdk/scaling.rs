//! Application Auto Scaling over the SDK's client.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_applicationautoscaling as sdk;
use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};

use super::once;
use crate::api::classify::classify;
use crate::api::{ApiError, Operation, ScalingApi, Suspension};

/// [`ScalingApi`] over the SDK's client.
#[derive(Clone, Debug)]
pub struct SdkScaling(Client);

impl SdkScaling {
    /// Calls through this client. Its retries are not used: the engine has its own.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl ScalingApi for SdkScaling {
    async fn suspension(
        &self,
        limit: Duration,
        resource: &str,
    ) -> Result<Option<Suspension>, ApiError> {
        let call = self
            .0
            .describe_scalable_targets()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_ids(resource);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let targets =
            answer.map_err(|error| classify(Operation::DescribeScalableTargets, &error))?;
        Ok(targets.scalable_targets().first().map(|target| {
            let state = target.suspended_state();
            Suspension {
                scale_in: state.and_then(SuspendedState::dynamic_scaling_in_suspended)
                    == Some(true),
                scale_out: state.and_then(SuspendedState::dynamic_scaling_out_suspended)
                    == Some(true),
                scheduled: state.and_then(SuspendedState::scheduled_scaling_suspended)
                    == Some(true),
            }
        }))
    }

    async fn suspend(
        &self,
        limit: Duration,
        resource: &str,
        suspension: Suspension,
    ) -> Result<(), ApiError> {
        let state = SuspendedState::builder()
            .dynamic_scaling_in_suspended(suspension.scale_in)
            .dynamic_scaling_out_suspended(suspension.scale_out)
            .scheduled_scaling_suspended(suspension.scheduled)
            .build();
        let call = self
            .0
            .register_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource)
            .suspended_state(state);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        answer.map(drop).map_err(|error| classify(Operation::RegisterScalableTarget, &error))
    }
}
