//! The calls to Application Auto Scaling.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::ApiError;

/// The calls to Application Auto Scaling that the adapter makes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ScalingApi: fmt::Debug + Send + Sync + 'static {
    /// `DescribeScalableTargets`: what is suspended for the service `service/CLUSTER/NAME`; `None`
    /// when nothing scales it.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn suspension(
        &self,
        limit: Duration,
        resource: &str,
    ) -> Result<Option<Suspension>, ApiError>;

    /// `RegisterScalableTarget`: changes what is suspended and nothing else.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn suspend(
        &self,
        limit: Duration,
        resource: &str,
        suspension: Suspension,
    ) -> Result<(), ApiError>;
}

/// What autoscaling may not do for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "these are the three that there are")]
pub struct Suspension {
    /// Take tasks away.
    pub scale_in: bool,
    /// Add tasks.
    pub scale_out: bool,
    /// Change its bounds by schedule.
    pub scheduled: bool,
}
