//! Whether a site is as a rollout needs it: every prerequisite, all at once.

mod found;
mod groups;
mod preview;
mod quotas;
mod routes;
mod services;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_core::provider::{CallContext, Check, CheckReport, CheckRequest, ProviderError};

use crate::account::Family;
use crate::api::{ApiError, Operation, ServiceState, TargetState};
use crate::compute::{Tasks, targets, tasks};
use crate::layout::Which;
use crate::site::Site;
use found::{Case, report};

/// The check [`SITE`]: the services, target groups, routes, preview rules, quotas and the base task
/// definition are as a rollout needs them, and may be read. Other checks are passed on to the
/// provider that it wraps.
///
/// Name it in the preflight. It only reads; each thing is a case of its own, and what is wrong says
/// what to change. A call that is refused is a failed case that names the permission; permissions to
/// write are listed as not tried. Advice does not fail it.
#[derive(Debug)]
pub struct SiteCheck {
    site: Arc<Site>,
    others: Arc<dyn Check>,
    #[cfg(feature = "cloudwatch")]
    metrics: Option<Arc<crate::Metrics>>,
}

/// The name of the check that [`SiteCheck`] adds.
pub const SITE: &str = "site";

/// What was read of the site and is looked at together.
#[derive(Default)]
struct Read {
    services: Vec<ServiceState>,
    actions: Vec<Vec<Action>>,
    health: Vec<Vec<TargetState>>,
}

impl SiteCheck {
    /// Looks at this site; other checks are run by `others`.
    #[must_use]
    pub const fn new(site: Arc<Site>, others: Arc<dyn Check>) -> Self {
        Self {
            site,
            others,
            #[cfg(feature = "cloudwatch")]
            metrics: None,
        }
    }

    /// Looks whether metrics may be read, too.
    #[cfg(feature = "cloudwatch")]
    #[must_use]
    pub fn with_metrics(mut self, metrics: Arc<crate::Metrics>) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Looks at everything, each call with this limit.
    ///
    /// Never an error: what cannot be read is a case that failed.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn look(&self, limit: Duration) -> CheckReport {
        let mut read = Read::default();
        let mut cases = self.services(limit, &mut read).await;
        cases.extend(self.routes(limit, &mut read).await);
        cases.extend(self.groups(limit, &mut read).await);
        cases.extend(self.capacity(&read));
        cases.extend(self.previews(limit).await);
        cases.extend(self.quotas(limit, &read).await);
        cases.extend(self.task_definition(limit).await);
        cases.extend(self.tasks(limit, &read).await);
        cases.extend(self.scaling(limit).await);
        #[cfg(feature = "cloudwatch")]
        cases.extend(self.measurements(limit).await);
        report(cases)
    }

    async fn services(&self, limit: Duration, read: &mut Read) -> Vec<Case> {
        match self.site.services(limit).await {
            Ok(found) => {
                read.services = found.to_vec();
                let slots = self.site.layout.slots.iter().zip(&read.services);
                slots.flat_map(|(slot, service)| services::service(slot, service)).collect()
            }
            Err(error) => vec![Case::unread("services", &error)],
        }
    }

    async fn routes(&self, limit: Duration, read: &mut Read) -> Vec<Case> {
        match self.site.read_actions(limit).await {
            Ok(actions) => {
                read.actions = actions;
                routes::routes(&self.site.layout, &read.actions)
            }
            Err(error) => vec![Case::unread("rules and listeners", &error)],
        }
    }

    async fn groups(&self, limit: Duration, read: &mut Read) -> Vec<Case> {
        let Site { layout, elbv2, .. } = self.site.as_ref();
        let arns = Which::BOTH.map(|which| layout.slot(which).target_group.clone());
        let call = elbv2.target_groups(limit, &arns);
        let operation = Operation::DescribeTargetGroups;
        let mut cases = match self.ask(limit, operation, &arns.join(", "), call).await {
            Ok(found) => groups::groups(layout, &found),
            Err(error) => vec![Case::unread("target groups", &error)],
        };
        for which in Which::BOTH {
            let arn = &layout.slot(which).target_group;
            let name = arn.split('/').nth(1).unwrap_or(arn);
            let call = elbv2.group_attributes(limit, arn);
            let operation = Operation::DescribeTargetGroupAttributes;
            match self.ask(limit, operation, arn, call).await {
                Ok(found) => cases.extend(groups::attributes(name, &found)),
                Err(error) => {
                    cases.push(Case::unread(format!("target group {name}: attributes"), &error));
                }
            }
            let what = format!("target group {name}: health");
            match targets(&self.site, limit, which).await {
                Ok(found) => {
                    read.health.push(found);
                    cases.push(Case::good(what));
                }
                Err(error) => cases.push(Case::unread(what, &error)),
            }
        }
        cases
    }

    /// Nothing is said where something of it could not be read: that is told already.
    fn capacity(&self, read: &Read) -> Option<Case> {
        let serving = routes::serving(&self.site.layout, &read.actions)?;
        let service = read.services.get(serving as usize)?;
        let [_, _] = read.health.as_slice() else { return None };
        Some(services::capacity(service, read.health.get(serving as usize)?))
    }

    async fn previews(&self, limit: Duration) -> Vec<Case> {
        let Site { layout, elbv2, .. } = self.site.as_ref();
        let Some(balancer) = layout.load_balancer_arn() else { return Vec::new() };
        let call = elbv2.listeners_of(limit, &balancer);
        let operation = Operation::DescribeListeners;
        let listeners = match self.ask(limit, operation, &balancer, call).await {
            Ok(listeners) => listeners,
            Err(error) => return vec![Case::unread("listeners", &error)],
        };
        let mut found = Vec::new();
        for listener in listeners {
            let call = elbv2.rules_of(limit, &listener);
            match self.ask(limit, Operation::DescribeRules, &listener, call).await {
                Ok(rules) => found.push((listener, rules)),
                Err(error) => return vec![Case::unread(format!("rules of {listener}"), &error)],
            }
        }
        preview::previews(layout, &found)
    }

    async fn quotas(&self, limit: Duration, read: &Read) -> Vec<Case> {
        let call = self.site.elbv2.limits(limit);
        match self.ask(limit, Operation::DescribeAccountLimits, "the account", call).await {
            Ok(limits) => quotas::quotas(&limits, &read.services),
            Err(error) => vec![Case::unread("quotas of load balancing", &error)],
        }
    }

    async fn task_definition(&self, limit: Duration) -> Vec<Case> {
        let layout = &self.site.layout;
        vec![match self.site.newest_definition(limit, &layout.base).await {
            Ok(base) => services::base(layout, &base),
            Err(error) => Case::unread("base task definition", &error),
        }]
    }

    /// What a rollout reads only when green does not start: better known before.
    async fn tasks(&self, limit: Duration, read: &Read) -> Vec<Case> {
        let layout = &self.site.layout;
        // Only a slot with tasks shows whether they may be read.
        let which = routes::serving(layout, &read.actions).unwrap_or(Which::A);
        let what = "tasks of the services";
        let service = &layout.slot(which).service;
        vec![match tasks(&self.site, limit, service, Tasks::Running).await {
            Ok(_) => Case::good(what),
            Err(error) => Case::unread(what, &error),
        }]
    }

    /// Without the feature, or an API, nothing is known of what scales the services.
    #[cfg(feature = "autoscaling")]
    async fn scaling(&self, limit: Duration) -> Vec<Case> {
        let site = &self.site;
        let Some(api) = &site.scaling else { return Vec::new() };
        let mut cases = Vec::new();
        let mut registered = Vec::new();
        for which in Which::BOTH {
            let resource = site.layout.scalable(which);
            let call = api.suspension(limit, &resource);
            let what = format!("autoscaling of {resource}");
            match site.account.call(Family::Scaling, limit, call).await {
                Ok(found) => {
                    registered.push(found.is_some());
                    cases.push(Case::good(what));
                }
                Err(error) => {
                    let error = error.during(Operation::DescribeScalableTargets, &resource);
                    cases.push(Case::unread(what, &error));
                }
            }
        }
        if let [a, b] = registered.as_slice() {
            cases.push(Case::must(
                "autoscaling of both services",
                a == b,
                "register both or neither as scalable targets: the slots take turns at serving",
            ));
        }
        cases
    }

    #[cfg(not(feature = "autoscaling"))]
    async fn scaling(&self, _: Duration) -> Vec<Case> {
        Vec::new()
    }

    #[cfg(feature = "cloudwatch")]
    async fn measurements(&self, limit: Duration) -> Vec<Case> {
        let Some(metrics) = &self.metrics else { return Vec::new() };
        let what = "metrics of the load balancer";
        vec![match metrics.try_out(&self.site, limit).await {
            Ok(()) => Case::good(what),
            Err(error) => Case::unread(what, &error),
        }]
    }

    async fn ask<T>(
        &self,
        limit: Duration,
        operation: Operation,
        on: &str,
        call: impl Future<Output = Result<T, ApiError>> + Send,
    ) -> Result<T, ProviderError> {
        let answer = self.site.account.call(Family::Elbv2Reads, limit, call).await;
        answer.map_err(|error| error.during(operation, on))
    }
}

#[async_trait]
impl Check for SiteCheck {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        if request.check.as_str() != SITE {
            return self.others.run(cx, request).await;
        }
        Ok(self.look(cx.deadline.min(LIMIT)).await)
    }
}

/// How long one of the calls may take.
const LIMIT: Duration = Duration::from_secs(5);
