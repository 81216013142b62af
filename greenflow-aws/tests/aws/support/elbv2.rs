//! Elastic Load Balancing, played.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_aws::api::{ApiError, Elbv2Api, GroupState, RuleState, TargetState};
use greenflow_core::provider::ErrorKind;

use super::fault::Op;
use super::state::{State, weights};
use super::world::{Aws, Move};

#[async_trait]
impl Elbv2Api for Aws {
    async fn rules(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError> {
        self.read(Op::DescribeRules, limit, |_, state, _| routes(state, arns, "RuleNotFound")).await
    }

    async fn listeners(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<BTreeMap<String, Vec<Action>>, ApiError> {
        self.read(Op::DescribeListeners, limit, |_, state, _| {
            routes(state, arns, "ListenerNotFound")
        })
        .await
    }

    async fn modify_rule(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError> {
        modify(self, Op::ModifyRule, limit, arn, actions).await
    }

    async fn modify_listener(
        &self,
        limit: Duration,
        arn: &str,
        actions: Vec<Action>,
    ) -> Result<(), ApiError> {
        modify(self, Op::ModifyListener, limit, arn, actions).await
    }

    async fn target_health(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<Vec<TargetState>, ApiError> {
        self.read(Op::DescribeTargetHealth, limit, |shared, state, now| {
            let mut named = state.routes.values().flat_map(|actions| weights(actions));
            let in_use = named.any(|(arn, _)| arn == group);
            let service = state.service_of(group);
            let missing = || ApiError::new(ErrorKind::NotFound, "TargetGroupNotFound", group);
            Ok(service.ok_or_else(missing)?.targets(now, in_use, shared.pace))
        })
        .await
    }

    async fn target_groups(
        &self,
        limit: Duration,
        arns: &[String],
    ) -> Result<Vec<GroupState>, ApiError> {
        self.read(Op::DescribeTargetGroups, limit, |_, state, _| {
            let found = arns.iter().map(|arn| state.groups.get(arn).cloned());
            found.collect::<Option<_>>().ok_or_else(|| {
                ApiError::new(ErrorKind::NotFound, "TargetGroupNotFound", "").not_applied()
            })
        })
        .await
    }

    async fn group_attributes(
        &self,
        limit: Duration,
        group: &str,
    ) -> Result<BTreeMap<String, String>, ApiError> {
        self.read(Op::DescribeTargetGroupAttributes, limit, |_, state, _| {
            Ok(state.attributes.get(group).cloned().unwrap_or_default())
        })
        .await
    }

    async fn listeners_of(&self, limit: Duration, _: &str) -> Result<Vec<String>, ApiError> {
        self.read(Op::DescribeListeners, limit, |_, state, _| {
            let mut listeners: Vec<String> =
                state.routes.keys().map(|arn| listener_of(arn)).collect();
            listeners.dedup();
            Ok(listeners)
        })
        .await
    }

    async fn rules_of(&self, limit: Duration, listener: &str) -> Result<Vec<RuleState>, ApiError> {
        self.read(Op::DescribeRules, limit, |_, state, _| {
            let of = state.routes.iter().filter(|(arn, _)| listener_of(arn) == listener);
            let rule = |(arn, actions): (&String, &Vec<Action>)| RuleState {
                arn: arn.clone(),
                is_default: arn == listener,
                actions: actions.clone(),
            };
            Ok(of.map(rule).collect())
        })
        .await
    }

    async fn limits(&self, limit: Duration) -> Result<BTreeMap<String, String>, ApiError> {
        self.read(Op::DescribeAccountLimits, limit, |_, state, _| Ok(state.limits.clone())).await
    }
}

/// The listener of a rule, or itself.
fn listener_of(arn: &str) -> String {
    if !arn.contains(":listener-rule/") {
        return arn.to_owned();
    }
    let (listener, _) = arn.rsplit_once('/').unwrap();
    listener.replace(":listener-rule/", ":listener/")
}

fn routes(
    state: &State,
    arns: &[String],
    missing: &str,
) -> Result<BTreeMap<String, Vec<Action>>, ApiError> {
    let mut found = BTreeMap::new();
    for arn in arns {
        let Some(actions) = state.routes.get(arn) else {
            return Err(ApiError::new(ErrorKind::NotFound, missing, arn).not_applied());
        };
        found.insert(arn.clone(), actions.clone());
    }
    Ok(found)
}

async fn modify(
    aws: &Aws,
    op: Op,
    limit: Duration,
    arn: &str,
    actions: Vec<Action>,
) -> Result<(), ApiError> {
    let sum: i32 = weights(&actions).iter().map(|(_, weight)| weight).sum();
    assert!(weights(&actions).iter().all(|(_, weight)| (0..=999).contains(weight)) && sum > 0);
    let arn = arn.to_owned();
    aws.write(op, limit, move |shared, now| {
        shared.moves.push(Move { at: now, route: arn.clone(), weights: weights(&actions) });
        shared.change(now, |state, _| drop(state.routes.insert(arn, actions)));
    })
    .await
}
