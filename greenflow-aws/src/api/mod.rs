//! What the adapter asks of AWS: one narrow, object-safe trait a service.
//!
//! Each has an implementation over the SDK client that the caller brings, and can be played by a
//! test. Every method is one call, sent once (the SDK's own retries are off), and answered or
//! given up within `limit`.

mod classify;
#[cfg(feature = "cloudwatch")]
mod cloudwatch;
#[cfg(feature = "ecr")]
mod ecr;
mod ecs;
mod elbv2;
mod error;
mod operation;
#[cfg(feature = "autoscaling")]
mod scaling;
mod sdk;

#[cfg(feature = "cloudwatch")]
pub use cloudwatch::{CloudWatchApi, Series, Statistic};
#[cfg(feature = "ecr")]
pub use ecr::{EcrApi, ImageRef, ImageState, Repository};
pub use ecs::{
    DeploymentState, EcsApi, NewRevision, ServiceState, ServiceUpdate, TaskDefinitionState,
    TaskState,
};
pub use elbv2::{Elbv2Api, GroupState, RuleState, TargetState};
pub use error::ApiError;
pub use operation::Operation;
#[cfg(feature = "autoscaling")]
pub use scaling::{ScalingApi, Suspension};
#[cfg(feature = "cloudwatch")]
pub use sdk::SdkCloudWatch;
#[cfg(feature = "ecr")]
pub use sdk::SdkEcr;
#[cfg(feature = "autoscaling")]
pub use sdk::SdkScaling;
pub use sdk::{SdkEcs, SdkElbv2};
