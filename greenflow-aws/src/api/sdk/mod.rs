//! The traits over the SDK's clients.

#[cfg(feature = "cloudwatch")]
mod cloudwatch;
#[cfg(feature = "ecr")]
mod ecr;
mod ecs;
mod elbv2;
#[cfg(feature = "autoscaling")]
mod scaling;

#[cfg(feature = "cloudwatch")]
pub use cloudwatch::SdkCloudWatch;
#[cfg(feature = "ecr")]
pub use ecr::SdkEcr;
pub use ecs::SdkEcs;
pub use elbv2::SdkElbv2;
#[cfg(feature = "autoscaling")]
pub use scaling::SdkScaling;

/// What every call is sent with, whatever the client says: one attempt, and an end.
macro_rules! once {
    ($sdk:ident, $limit:expr) => {
        $sdk::config::Builder::new()
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .timeout_config(
                $sdk::config::timeout::TimeoutConfig::builder()
                    .operation_timeout($limit)
                    .operation_attempt_timeout($limit)
                    .build(),
            )
    };
}
use once;
