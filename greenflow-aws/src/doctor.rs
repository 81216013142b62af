//! Whether a site is as a rollout needs it: every prerequisite, all at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{Action, ForwardActionConfig};
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ProviderError,
};
use greenflow_core::value::Split;

use crate::account::Family;
use crate::api::{ServiceState, TaskDefinitionState};
use crate::compute::targets;
use crate::forward::Forward;
use crate::layout::Which;
use crate::site::Site;

/// The check [`SITE`]: the services, target groups, routes and the base task definition are as a
/// rollout needs them, and may be read. Other checks are passed on to the provider that it wraps.
///
/// Name it in the preflight. It only reads; each thing is a case of its own, and what is wrong says
/// what to change. A call that is refused is a failed case that names the permission.
#[derive(Debug)]
pub struct SiteCheck {
    site: Arc<Site>,
    others: Arc<dyn Check>,
}

/// The name of the check that [`SiteCheck`] adds.
pub const SITE: &str = "site";

/// One thing that was looked at, and what is wrong with it.
type Case = (String, Result<(), String>);

impl SiteCheck {
    /// Looks at this site; other checks are run by `others`.
    #[must_use]
    pub const fn new(site: Arc<Site>, others: Arc<dyn Check>) -> Self {
        Self { site, others }
    }

    /// Looks at everything, each call with this limit.
    ///
    /// Never an error: what cannot be read is a case that failed.
    pub async fn look(&self, limit: Duration) -> CheckReport {
        let site = &self.site;
        let mut cases: Vec<Case> = Vec::new();
        match site.services(limit).await {
            Ok(services) => {
                for (which, service) in Which::BOTH.into_iter().zip(&services) {
                    cases.extend(self.service(which, service));
                }
            }
            Err(error) => cases.push(unread("services", &error)),
        }
        match site.read_actions(limit).await {
            Ok(actions) => cases.extend(self.routes(&actions)),
            Err(error) => cases.push(unread("rules and listeners", &error)),
        }
        for which in Which::BOTH {
            let group = &site.layout.slot(which).target_group;
            let health = targets(site, limit, which).await;
            cases.push(match health {
                Ok(_) => (format!("target group {group}"), Ok(())),
                Err(error) => unread(&format!("target group {group}"), &error),
            });
        }
        match site.newest_definition(limit, &site.layout.base).await {
            Ok(base) => cases.push(self.base(&base)),
            Err(error) => cases.push(unread("base task definition", &error)),
        }
        cases.extend(self.scaling(limit).await);
        report(cases)
    }

    fn service(&self, which: Which, service: &ServiceState) -> Vec<Case> {
        let slot = self.site.layout.slot(which);
        let case = |what: &str, holds: bool, remedy: &str| {
            let wrong = if holds { Ok(()) } else { Err(remedy.to_owned()) };
            (format!("{}: {what}", service.name), wrong)
        };
        let (breaker, rolls_back) = service.circuit_breaker;
        vec![
            case(
                "deployment controller",
                service.controller == "ECS",
                "must be ECS; a service with another one has to be created anew",
            ),
            case(
                "circuit breaker",
                breaker && !rolls_back,
                "switch it on with rollback off: with rollback it would put the old revision back",
            ),
            case(
                "target group",
                service.target_groups.contains(&slot.target_group),
                "must register its tasks with the target group of its slot",
            ),
        ]
    }

    fn routes(&self, actions: &[Vec<Action>]) -> Vec<Case> {
        let [a, b] = Which::BOTH.map(|which| self.site.layout.slot(which).target_group.as_str());
        let mut cases = Vec::new();
        let mut whole = Vec::new();
        for (route, actions) in self.site.layout.routes.iter().zip(actions) {
            let forward = Forward::of(actions);
            let arn = route.arn();
            let case = |what: &str, holds: bool, remedy: String| {
                (format!("{arn}: {what}"), if holds { Ok(()) } else { Err(remedy) })
            };
            cases.push(case(
                "target groups",
                forward.names(a) && forward.names(b),
                format!(
                    "must forward to both target groups, to the idle one with weight 0, or its \
                     targets are never health-checked; it says: {forward}"
                ),
            ));
            let split = forward.split(a, b);
            cases.push(case(
                "weights",
                split.is_some_and(Split::is_whole),
                format!("all traffic must be on one of the two; it says: {forward}"),
            ));
            cases.push(case(
                "stickiness",
                !is_sticky(actions),
                "switch it off: weights would move new sessions only, and the way back none of \
                 the old ones"
                    .to_owned(),
            ));
            whole.push(split);
        }
        let agree = whole.windows(2).all(|pair| pair[0] == pair[1]);
        let wrong = "the rules and listeners must agree on which slot has the traffic".to_owned();
        cases.push(("routes agree".to_owned(), if agree { Ok(()) } else { Err(wrong) }));
        cases
    }

    fn base(&self, base: &TaskDefinitionState) -> Case {
        let container = self.site.layout.container.as_deref();
        let wrong = match (base.image(container), container) {
            (Some(_), _) => Ok(()),
            (None, Some(name)) => Err(format!("it has no container {name}")),
            (None, None) => Err("it has several containers: say which runs the image".to_owned()),
        };
        (format!("base task definition {}", base.arn()), wrong)
    }

    /// Without the feature, or an API, nothing is known of what scales the services.
    #[cfg(feature = "autoscaling")]
    async fn scaling(&self, limit: Duration) -> Vec<Case> {
        let site = &self.site;
        let Some(api) = &site.scaling else { return Vec::new() };
        let mut cases = Vec::new();
        for which in Which::BOTH {
            let resource = site.layout.scalable(which);
            let call = api.suspension(limit, &resource);
            let answer = site.account.call(Family::Scaling, limit, call).await;
            let operation = "application-autoscaling:DescribeScalableTargets";
            cases.push(match answer {
                Ok(_) => (format!("autoscaling of {resource}"), Ok(())),
                Err(error) => unread("autoscaling", &error.during(operation, &resource)),
            });
        }
        cases
    }

    #[cfg(not(feature = "autoscaling"))]
    async fn scaling(&self, _: Duration) -> Vec<Case> {
        Vec::new()
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

fn is_sticky(actions: &[Action]) -> bool {
    let forwards = actions.iter().filter_map(Action::forward_config);
    let mut configs = forwards.filter_map(ForwardActionConfig::target_group_stickiness_config);
    configs.any(|config| config.enabled() == Some(true))
}

fn unread(what: &str, error: &ProviderError) -> Case {
    (what.to_owned(), Err(error.to_string()))
}

fn report(cases: Vec<Case>) -> CheckReport {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(what, found)| found.as_ref().err().map(|why| format!("{what}: {why}")))
        .collect();
    let mut report = if wrong.is_empty() {
        CheckReport::passed(format!("{} things are as they should be", cases.len()))
    } else {
        CheckReport::ended(CheckOutcome::Failed, wrong.join("; "))
    };
    report.cases = cases
        .into_iter()
        .map(|(what, found)| {
            let passed = found.is_ok();
            (what, if passed { CheckOutcome::Passed } else { CheckOutcome::Failed })
        })
        .collect();
    report
}
