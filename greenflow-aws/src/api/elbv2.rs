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

    /// `DescribeTargetGroups`: how these groups are set up.
    ///
    /// # Errors
    /// [`ApiError`]; `NotFound` when one is missing.
    async fn target_groups(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<Vec<GroupState>, ApiError>;

    /// `DescribeTargetGroupAttributes`: the attributes of a group, by key.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn group_attributes(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<BTreeMap<String, String>, ApiError>;

    /// `DescribeListeners`: every listener of a load balancer, by ARN.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn listeners_of(
        &self,
        limit: Duration,
        load_balancer: &str,
    ) -> Result<Vec<String>, ApiError>;

    /// `DescribeRules`: every rule of a listener, its default one among them; a call for each page.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn rules_of(&self, limit: Duration, listener: &str) -> Result<Vec<RuleState>, ApiError>;

    /// `DescribeAccountLimits`: the quotas of load balancing, by name.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn limits(&self, limit: Duration) -> Result<BTreeMap<String, String>, ApiError>;
}

/// A target group as it is set up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct GroupState {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ip`, `instance` and so on.
    pub target_type: String,
    /// The VPC that its targets are in.
    pub vpc: String,
    /// Such as `HTTP`.
    pub protocol: String,
    /// Such as `HTTP1`.
    pub protocol_version: String,
    /// How its targets are checked, by name: `path`, `interval` and so on.
    pub health_check: BTreeMap<String, String>,
    /// The load balancers that use it, by ARN.
    pub load_balancers: Vec<String>,
}

/// A rule of a listener.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct RuleState {
    /// Its ARN.
    pub arn: String,
    /// Whether it takes what no other rule of the listener does.
    pub is_default: bool,
    /// What it does.
    pub actions: Vec<Action>,
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
