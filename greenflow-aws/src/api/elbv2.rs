//! The calls to Elastic Load Balancing v2.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::Action;

use super::ApiError;

/// The calls to Elastic Load Balancing v2 that the adapter makes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Elbv2Api: fmt::Debug + Send + Sync + 'static {
    /// `DescribeRules`: the actions of these rules, by ARN; one that is missing is absent.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn rules(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError>;

    /// `DescribeListeners`: the default actions of these listeners, by ARN.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn listeners(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError>;

    /// `ModifyRule`: replaces all actions of a rule.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn modify_rule(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError>;

    /// `ModifyListener`: replaces all default actions of a listener.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn modify_listener(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError>;

    /// `DescribeTargetHealth`: every target of a group.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn target_health(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<Vec<TargetState>, ApiError>;
}

/// One registered target.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct TargetState {
    /// Its address and port.
    pub target: String,
    /// Its state in the words of AWS, such as `healthy`.
    pub state: String,
    /// Why it is not healthy, if it is not.
    pub reason: String,
}

impl TargetState {
    /// Returns whether it would answer production traffic now.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.state == "healthy"
    }
}
