//! Elastic Load Balancing v2 over the SDK's client.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2 as sdk;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{Action, TargetHealthDescription};

use super::once;
use crate::api::classify::{Nature, classify};
use crate::api::{ApiError, Elbv2Api, TargetState};

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
        let rules = answer.map_err(|error| classify(Nature::Read, &error))?.rules;
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
        let listeners = answer.map_err(|error| classify(Nature::Read, &error))?.listeners;
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
        answer.map(drop).map_err(|error| classify(Nature::Write, &error))
    }

    async fn modify_listener(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError> {
        let call = self.0.modify_listener().listener_arn(arn).set_default_actions(Some(actions));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        answer.map(drop).map_err(|error| classify(Nature::Write, &error))
    }

    async fn target_health(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<Vec<TargetState>, ApiError> {
        let call = self.0.describe_target_health().target_group_arn(group);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let targets = answer.map_err(|error| classify(Nature::Read, &error))?;
        Ok(targets.target_health_descriptions().iter().map(target).collect())
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
