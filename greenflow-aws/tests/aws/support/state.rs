//! What there is: rules, target groups, services, tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_aws::api::{
    DeploymentState, GroupState, ServiceState, Suspension, TargetState, TaskDefinitionState,
};
use imbl::OrdMap;

use super::run::service_arn;

/// All of it at one moment. Cloned at each change, so that any moment can be looked at again; the
/// maps share what did not change.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The actions of rules and listeners, by ARN.
    pub(crate) routes: OrdMap<String, Vec<Action>>,
    pub(crate) services: OrdMap<String, Service>,
    pub(crate) scaling: OrdMap<String, Suspension>,
    pub(crate) groups: OrdMap<String, GroupState>,
    /// The attributes of target groups, by ARN.
    pub(crate) attributes: OrdMap<String, BTreeMap<String, String>>,
    /// The account's quotas.
    pub(crate) limits: BTreeMap<String, String>,
    /// The images of each repository.
    #[cfg(feature = "ecr")]
    pub(crate) images: BTreeMap<String, Vec<greenflow_aws::api::ImageState>>,
}

impl State {
    /// The service whose tasks are in a target group: it has the group's name.
    pub(crate) fn service_of(&self, group: &str) -> Option<&Service> {
        let name = group.split('/').nth(1)?;
        self.services.get(&service_arn(name)).filter(|service| service.group == group)
    }

    /// The actions of the routes whose ARNs begin so.
    pub(crate) fn routes_below(&self, prefix: String) -> impl Iterator<Item = &Vec<Action>> {
        let from = self.routes.range(prefix.clone()..);
        from.take_while(move |(arn, _)| arn.starts_with(&prefix)).map(|(_, actions)| actions)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) arn: String,
    pub(crate) group: String,
    pub(crate) controller: String,
    /// Blank is `ROLLING`.
    pub(crate) strategy: String,
    /// Whether the circuit breaker is on, and whether it rolls back.
    pub(crate) breaker: (bool, bool),
    pub(crate) task_definition: String,
    pub(crate) desired: u32,
    pub(crate) tasks: Vec<Task>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) task_definition: String,
    pub(crate) running_at: Duration,
    pub(crate) healthy_at: Duration,
    /// It never starts, and dies when it should have run.
    pub(crate) dies: bool,
    /// It answers no health check.
    pub(crate) broken: bool,
    /// It runs another image than its definition says.
    pub(crate) image: Option<String>,
    pub(crate) stops_at: Option<Duration>,
}

/// How long AWS takes for things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) start: Duration,
    pub(crate) health: Duration,
    pub(crate) drain: Duration,
}

impl Task {
    fn runs(&self, now: Duration) -> bool {
        !self.dies && now >= self.running_at && self.stops_at.is_none_or(|stop| now < stop)
    }

    pub(crate) fn serves(&self, now: Duration) -> bool {
        self.runs(now) && now >= self.healthy_at && !self.broken
    }
}

impl Service {
    /// What `UpdateService` does.
    pub(crate) fn update(
        &mut self,
        now: Duration,
        task_definition: Option<String>,
        desired: u32,
        dies: bool,
        ids: &mut u64,
        pace: Pace,
    ) {
        if let Some(new) = task_definition.filter(|new| *new != self.task_definition) {
            self.task_definition = new;
            // The old ones go once the new ones are there.
            for task in self.tasks.iter_mut().filter(|task| task.stops_at.is_none()) {
                task.stops_at = Some(now + pace.start + pace.health);
            }
        }
        self.desired = desired;
        let own = &self.task_definition;
        let alive = |task: &&mut Task| task.task_definition == *own && task.stops_at.is_none();
        let has = self.tasks.iter_mut().filter(alive).count();
        let wanted = desired as usize;
        for task in self.tasks.iter_mut().filter(alive).skip(wanted) {
            task.stops_at = Some(now);
        }
        for _ in has..wanted {
            *ids += 1;
            self.tasks.push(Task {
                id: *ids,
                task_definition: self.task_definition.clone(),
                running_at: now + pace.start,
                healthy_at: now + pace.start + pace.health,
                dies,
                broken: false,
                image: None,
                stops_at: None,
            });
        }
        if desired == 0 {
            for task in self.tasks.iter_mut().filter(|task| task.stops_at.is_none_or(|at| at > now))
            {
                task.stops_at = Some(now);
            }
        }
    }

    pub(crate) fn healthy(&self, now: Duration) -> usize {
        self.tasks.iter().filter(|task| task.serves(now)).count()
    }

    /// Whether ECS is at work on it: it scales nothing in meanwhile.
    pub(crate) fn is_deploying(&self, now: Duration) -> bool {
        self.healthy(now) < self.desired as usize
    }

    pub(crate) fn describe(&self, now: Duration) -> ServiceState {
        let count = |of: &str| {
            let mine = self.tasks.iter().filter(|task| task.task_definition == of);
            u32::try_from(mine.filter(|task| task.runs(now)).count()).unwrap()
        };
        let dying = self.tasks.iter().filter(|task| {
            task.dies && task.task_definition == self.task_definition && now >= task.running_at
        });
        let failed = u32::try_from(dying.count()).unwrap();
        let stable = count(&self.task_definition) == self.desired
            && self.healthy(now) >= self.desired as usize;
        let mut deployments = vec![DeploymentState {
            status: "PRIMARY".to_owned(),
            task_definition: self.task_definition.clone(),
            running: count(&self.task_definition),
            failed,
            rollout_state: match (failed > 0, stable) {
                (true, _) => "FAILED",
                (false, true) => "COMPLETED",
                (false, false) => "IN_PROGRESS",
            }
            .to_owned(),
            reason: "as played".to_owned(),
        }];
        let mut others: Vec<&str> = self
            .tasks
            .iter()
            .map(|task| task.task_definition.as_str())
            .filter(|other| *other != self.task_definition)
            .collect();
        others.dedup();
        for other in others.into_iter().filter(|other| count(other) > 0) {
            deployments.push(DeploymentState {
                status: "ACTIVE".to_owned(),
                task_definition: other.to_owned(),
                running: count(other),
                failed: 0,
                rollout_state: "COMPLETED".to_owned(),
                reason: String::new(),
            });
        }
        ServiceState {
            arn: self.arn.clone(),
            name: self.arn.rsplit('/').next().unwrap_or_default().to_owned(),
            status: "ACTIVE".to_owned(),
            task_definition: self.task_definition.clone(),
            desired: self.desired,
            running: deployments.iter().map(|found| found.running).sum(),
            deployments,
            controller: self.controller.clone(),
            strategy: self.strategy.clone(),
            circuit_breaker: self.breaker,
            target_groups: vec![self.group.clone()],
        }
    }

    pub(crate) fn targets(&self, now: Duration, in_use: bool, pace: Pace) -> Vec<TargetState> {
        let mut targets = Vec::new();
        for task in self.tasks.iter().filter(|task| !task.dies && now >= task.running_at) {
            let (state, reason) = match task.stops_at {
                Some(stop) if now >= stop + pace.drain => continue,
                Some(stop) if now >= stop => ("draining", "Target.DeregistrationInProgress"),
                _ if !in_use => ("unused", "Target.NotInUse"),
                _ if task.broken => ("unhealthy", "Target.ResponseCodeMismatch"),
                _ if now < task.healthy_at => ("initial", "Elb.InitialHealthChecking"),
                _ => ("healthy", ""),
            };
            targets.push(TargetState {
                target: format!("10.0.0.{}:8080", task.id),
                state: state.to_owned(),
                reason: reason.to_owned(),
            });
        }
        targets
    }
}

/// The weights of a route's target groups.
pub(crate) fn weights(actions: &[Action]) -> Vec<(String, i32)> {
    let forward = actions.iter().find_map(Action::forward_config);
    let groups = forward.map(|forward| forward.target_groups()).unwrap_or_default();
    groups
        .iter()
        .map(|group| {
            let arn = group.target_group_arn().unwrap_or_default().to_owned();
            (arn, group.weight().unwrap_or(1))
        })
        .collect()
}

/// The image of a definition's only container.
pub(crate) fn image(definition: &TaskDefinitionState) -> &str {
    definition.image(None).unwrap_or_default()
}
