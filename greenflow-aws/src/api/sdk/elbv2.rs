//! Elastic Load Balancing v2 over the SDK's client.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2 as sdk;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{Action, TargetGroup, TargetHealthDescription};
use greenflow_core::provider::ErrorKind;

use super::once;
use crate::api::classify::classify;
use crate::api::{ApiError, Elbv2Api, GroupState, Operation, RuleState, TargetState};

/// [`Elbv2Api`] over the SDK's client.
#[derive(Clone, Debug)]
pub struct SdkElbv2(Client);

impl SdkElbv2 {
    /// Calls through this client. Its retries are not used: the engine has its own.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl Elbv2Api for SdkElbv2 {
    async fn rules(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError> {
        let call = self.0.describe_rules().set_rule_arns(Some(arns.to_vec()));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let rules = answer.map_err(|error| classify(Operation::DescribeRules, &error))?.rules;
        let by_arn =
            |rule: sdk::types::Rule| Some((rule.rule_arn?, rule.actions.unwrap_or_default()));
        Ok(rules.unwrap_or_default().into_iter().filter_map(by_arn).collect())
    }

    async fn listeners(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError> {
        let call = self.0.describe_listeners().set_listener_arns(Some(arns.to_vec()));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let listeners =
            answer.map_err(|error| classify(Operation::DescribeListeners, &error))?.listeners;
        let by_arn = |listener: sdk::types::Listener| {
            Some((listener.listener_arn?, listener.default_actions.unwrap_or_default()))
        };
        Ok(listeners.unwrap_or_default().into_iter().filter_map(by_arn).collect())
    }

    async fn modify_rule(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError> {
        let call = self.0.modify_rule().rule_arn(arn).set_actions(Some(actions));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        answer.map(drop).map_err(|error| classify(Operation::ModifyRule, &error))
    }

    async fn modify_listener(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError> {
        let call = self.0.modify_listener().listener_arn(arn).set_default_actions(Some(actions));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        answer.map(drop).map_err(|error| classify(Operation::ModifyListener, &error))
    }

    async fn target_health(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<Vec<TargetState>, ApiError> {
        let call = self.0.describe_target_health().target_group_arn(group);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let targets = answer.map_err(|error| classify(Operation::DescribeTargetHealth, &error))?;
        Ok(targets.target_health_descriptions().iter().map(target).collect())
    }

    async fn target_groups(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<Vec<GroupState>, ApiError> {
        let call = self.0.describe_target_groups().set_target_group_arns(Some(arns.to_vec()));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeTargetGroups, &error))?;
        Ok(answer.target_groups().iter().map(group).collect())
    }

    async fn group_attributes(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<BTreeMap<String, String>, ApiError> {
        let call = self.0.describe_target_group_attributes().target_group_arn(group);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let operation = Operation::DescribeTargetGroupAttributes;
        let answer = answer.map_err(|error| classify(operation, &error))?;
        let pair = |found: &sdk::types::TargetGroupAttribute| {
            Some((found.key()?.to_owned(), found.value().unwrap_or_default().to_owned()))
        };
        Ok(answer.attributes().iter().filter_map(pair).collect())
    }

    async fn listeners_of(
        &self,
        limit: Duration,
        load_balancer: &str,
    ) -> Result<Vec<String>, ApiError> {
        let mut listeners = Vec::new();
        let mut marker = None;
        for _ in 0..MOST_PAGES {
            let call = self.0.describe_listeners().load_balancer_arn(load_balancer);
            let call = call.set_marker(marker);
            let answer = call.customize().config_override(once!(sdk, limit)).send().await;
            let page = answer.map_err(|error| classify(Operation::DescribeListeners, &error))?;
            let found = page.listeners().iter();
            listeners.extend(found.filter_map(|found| found.listener_arn().map(str::to_owned)));
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(listeners);
            }
        }
        Err(too_many("listeners"))
    }

    async fn rules_of(&self, limit: Duration, listener: &str) -> Result<Vec<RuleState>, ApiError> {
        let mut rules = Vec::new();
        let mut marker = None;
        for _ in 0..MOST_PAGES {
            let call = self.0.describe_rules().listener_arn(listener).set_marker(marker);
            let answer = call.customize().config_override(once!(sdk, limit)).send().await;
            let page = answer.map_err(|error| classify(Operation::DescribeRules, &error))?;
            rules.extend(page.rules().iter().map(|rule| RuleState {
                arn: rule.rule_arn().unwrap_or_default().to_owned(),
                is_default: rule.is_default() == Some(true),
                actions: rule.actions().to_vec(),
            }));
            marker = page.next_marker;
            if marker.is_none() {
                return Ok(rules);
            }
        }
        Err(too_many("rules"))
    }

    async fn limits(&self, limit: Duration) -> Result<BTreeMap<String, String>, ApiError> {
        let call = self.0.describe_account_limits();
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeAccountLimits, &error))?;
        let pair = |found: &sdk::types::Limit| {
            Some((found.name()?.to_owned(), found.max().unwrap_or_default().to_owned()))
        };
        Ok(answer.limits().iter().filter_map(pair).collect())
    }
}

/// A page has some hundred; more than this is no load balancer.
const MOST_PAGES: usize = 20;

fn too_many(what: &str) -> ApiError {
    let what = format!("{what} on more than {MOST_PAGES} pages");
    ApiError::new(ErrorKind::Unexpected, "endless answer", what).not_applied()
}

fn group(group: &TargetGroup) -> GroupState {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    let matcher = group.matcher();
    let codes = matcher.and_then(|matcher| matcher.http_code().or_else(|| matcher.grpc_code()));
    let checked = [
        ("enabled", group.health_check_enabled().map(|enabled| enabled.to_string())),
        ("protocol", group.health_check_protocol().map(|protocol| protocol.as_str().to_owned())),
        ("port", group.health_check_port().map(str::to_owned)),
        ("path", group.health_check_path().map(str::to_owned)),
        ("codes", codes.map(str::to_owned)),
        ("interval", number(group.health_check_interval_seconds())),
        ("timeout", number(group.health_check_timeout_seconds())),
        ("healthy threshold", number(group.healthy_threshold_count())),
        ("unhealthy threshold", number(group.unhealthy_threshold_count())),
    ];
    let says = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
    GroupState {
        arn: text(group.target_group_arn()),
        name: text(group.target_group_name()),
        target_type: text(group.target_type().map(|found| found.as_str())),
        vpc: text(group.vpc_id()),
        protocol: text(group.protocol().map(|found| found.as_str())),
        protocol_version: text(group.protocol_version()),
        health_check: checked.into_iter().filter_map(says).collect(),
        load_balancers: group.load_balancer_arns().to_vec(),
    }
}

fn target(description: &TargetHealthDescription) -> TargetState {
    let health = description.target_health();
    let target = description.target().map(|target| {
        let port = target.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", target.id().unwrap_or("?"))
    });
    let reason = health.and_then(|health| health.reason()).map(|reason| reason.as_str());
    let said = health.and_then(|health| health.description());
    TargetState {
        target: target.unwrap_or_default(),
        // A state that is missing is no healthy one.
        state: health
            .and_then(|health| health.state())
            .map(|state| state.as_str().to_owned())
            .unwrap_or_default(),
        reason: [reason, said].into_iter().flatten().collect::<Vec<_>>().join(": "),
    }
}
