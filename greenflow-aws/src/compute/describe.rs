//! Reading both sides.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::try_join;
use greenflow_core::provider::{CallContext, ProviderError, SideState, Sides};
use greenflow_core::value::{Digest, Side};

use super::{Tasks, pin, tasks};
use crate::account::Family;
use crate::api::{DeploymentState, Operation, ServiceState, TargetState, TaskDefinitionState};
use crate::forward::Forward;
use crate::identity::Identity;
use crate::layout::Which;
use crate::site::Site;
use crate::tags;

/// Reads both sides: one call for the services, one for each target group, and one for each
/// revision that was not seen before.
pub(super) async fn describe(site: &Site, cx: &CallContext) -> Result<Sides, ProviderError> {
    let roles = site.roles(cx).await?;
    let limit = cx.deadline;
    let services = site.services(limit).await?;
    let [a, b] = Which::BOTH;
    let health = try_join(targets(site, limit, a), targets(site, limit, b));
    let (of_a, of_b) = health.await?;
    let found = [(a, of_a), (b, of_b)];
    let mut sides = Sides { blue: SideState::default(), green: SideState::default() };
    for (which, targets) in found {
        let side = if roles.slot(Side::Blue) == which { Side::Blue } else { Side::Green };
        let state = state(site, cx, side, which, &services, &targets).await?;
        match side {
            Side::Blue => sides.blue = state,
            Side::Green => sides.green = state,
        }
    }
    Ok(sides)
}

/// Reads every target of a slot.
pub(crate) async fn targets(
    site: &Site,
    limit: Duration,
    which: Which,
) -> Result<Vec<TargetState>, ProviderError> {
    let group = &site.layout.slot(which).target_group;
    let call = site.elbv2.target_health(limit, group);
    let answer = site.account.call(Family::Elbv2Reads, limit, call).await;
    answer.map_err(|error| error.during(Operation::DescribeTargetHealth, group))
}

async fn state(
    site: &Site,
    cx: &CallContext,
    side: Side,
    which: Which,
    services: &[ServiceState; 2],
    targets: &[TargetState],
) -> Result<SideState, ProviderError> {
    let service = &services[which as usize];
    let mut state = SideState {
        desired: service.desired,
        target_capacity_per_kilosecond: site.layout.requests_per_kilosecond,
        pinned_at: pin::read(site, cx, which, services).await?,
        ..SideState::default()
    };
    if service.desired == 0 {
        // What `remove` does. Tasks may drain for minutes, and serve nothing any more.
        return Ok(state);
    }
    let identity = Identity::new(&service.arn, &service.task_definition);
    let resource = identity
        .to_resource()
        .map_err(|error| error.during(Operation::DescribeServices, &service.arn))?;
    state.resources.push(resource);
    state.digests = digests(site, cx.deadline, service).await?;
    let healthy = targets.iter().filter(|target| target.is_healthy()).count();
    state.healthy = u32::try_from(healthy).unwrap_or(u32::MAX);
    state.reasons = reasons(service, targets);
    if side == Side::Blue {
        return Ok(state);
    }
    if !settled(site, cx, which, service).await? {
        // Healthy targets may still be those of the deployment before.
        state.healthy = 0;
        state.given_up = given_up(site, cx, service).await?;
    }
    if state.healthy == 0 || service.primary().is_some_and(|now| now.failed > 0) {
        // What the tasks say themselves comes first.
        let mut stops = stop_reasons(site, cx.deadline, service, state.given_up.is_some()).await;
        stops.append(&mut state.reasons);
        state.reasons = stops;
    }
    state.reasons.truncate(MOST_REASONS);
    Ok(state)
}

/// Says that ECS's circuit breaker has ended the deployment of this rollout's revision: no task of
/// it is started any more. What another revision came to says nothing of this one.
async fn given_up(
    site: &Site,
    cx: &CallContext,
    service: &ServiceState,
) -> Result<Option<String>, ProviderError> {
    let failed = service.primary().filter(|deployment| {
        deployment.rollout_state == "FAILED"
            && deployment.task_definition == service.task_definition
    });
    let Some(DeploymentState { failed, reason, .. }) = failed else { return Ok(None) };
    let definition = site.definition(cx.deadline, &service.task_definition).await?;
    let ours = tags::is_of(&definition.tags, &cx.rollout);
    Ok(ours.then(|| format!("ECS has given up after {failed} tasks failed: {reason}")))
}

/// Whether green has been stable once: ECS may show the deployment before it as complete for a
/// while, so all of it must be as wanted. Later it may lose tasks, and is counted as it is.
async fn settled(
    site: &Site,
    cx: &CallContext,
    which: Which,
    service: &ServiceState,
) -> Result<bool, ProviderError> {
    if site.has_settled(&cx.rollout) {
        return Ok(true);
    }
    let settled = is_stable(service) || serves(site, cx, which, service).await?;
    if settled {
        site.set_settled(&cx.rollout, true);
    }
    Ok(settled)
}

fn is_stable(service: &ServiceState) -> bool {
    let [only] = service.deployments.as_slice() else { return false };
    only.status == "PRIMARY"
        && only.task_definition == service.task_definition
        && only.rollout_state == "COMPLETED"
        && service.running == service.desired
}

/// Whether green has traffic, and runs nothing but this rollout's revision: it got none before it
/// was stable, so that a controller which took over knows that it was.
async fn serves(
    site: &Site,
    cx: &CallContext,
    which: Which,
    service: &ServiceState,
) -> Result<bool, ProviderError> {
    let runs = |deployment: &DeploymentState| {
        deployment.running == 0 || deployment.task_definition == service.task_definition
    };
    let definition = site.definition(cx.deadline, &service.task_definition).await?;
    if !service.deployments.iter().all(runs) || !tags::is_of(&definition.tags, &cx.rollout) {
        return Ok(false);
    }
    // Reading them costs a call, and each look at the split does.
    let actions = match site.last_actions() {
        Some(actions) => actions,
        None => site.read_actions(cx.deadline).await?,
    };
    let group = &site.layout.slot(which).target_group;
    Ok(actions.iter().any(|actions| Forward::of(actions).may_reach(group)))
}

/// What the running tasks really run. Where a revision names no digest, as one made by other
/// means may, the tasks themselves are asked.
async fn digests(
    site: &Site,
    limit: Duration,
    service: &ServiceState,
) -> Result<Vec<Digest>, ProviderError> {
    let mut digests = BTreeSet::new();
    for deployment in service.deployments.iter().filter(|deployment| deployment.running > 0) {
        let definition = site.definition(limit, &deployment.task_definition).await?;
        let image = definition.image(site.layout.container.as_deref()).unwrap_or_default();
        let pinned = image.split_once('@').and_then(|(_, digest)| Digest::new(digest).ok());
        match pinned {
            Some(digest) => drop(digests.insert(digest)),
            None => digests.extend(of_tasks(site, limit, service, &definition).await?),
        }
    }
    Ok(digests.into_iter().collect())
}

/// What tasks of this revision run in its container: others, such as those that AWS adds to watch
/// it, run something else.
async fn of_tasks(
    site: &Site,
    limit: Duration,
    service: &ServiceState,
    definition: &TaskDefinitionState,
) -> Result<Vec<Digest>, ProviderError> {
    let container = definition.container(site.layout.container.as_deref());
    let Some(name) = container.and_then(|container| container.name()) else {
        return Ok(Vec::new());
    };
    let tasks = tasks(site, limit, &service.arn, Tasks::Running).await?;
    let own = tasks.iter().filter(|task| task.task_definition == definition.arn());
    let digests = own.filter_map(|task| Digest::new(task.digests.get(name)?).ok());
    Ok(digests.collect())
}

/// What ECS and the target group say of a side that is not as it should be.
fn reasons(service: &ServiceState, targets: &[TargetState]) -> Vec<String> {
    let mut reasons = Vec::new();
    for deployment in &service.deployments {
        if deployment.rollout_state == "FAILED" || deployment.failed > 0 {
            let DeploymentState { rollout_state, reason, failed, .. } = deployment;
            reasons.push(format!("deployment {rollout_state}: {failed} tasks failed; {reason}"));
        }
    }
    if service.running < service.desired {
        reasons.push(format!("{} of {} tasks run", service.running, service.desired));
    }
    for target in targets.iter().filter(|target| !target.is_healthy()) {
        reasons.push(format!("{} {}: {}", target.target, target.state, target.reason));
    }
    reasons.truncate(MOST_REASONS);
    reasons
}

/// Why tasks stopped: read at most every 30 s, unless it is the last time that it matters. Only for
/// people: that they cannot be read changes nothing.
async fn stop_reasons(
    site: &Site,
    limit: Duration,
    service: &ServiceState,
    last: bool,
) -> Vec<String> {
    let revision = &service.task_definition;
    if let Some(known) = site.stop_reasons(revision).filter(|known| !last || !known.is_empty()) {
        return known;
    }
    let stopped = tasks(site, limit, &service.arn, Tasks::Stopped).await;
    let Ok(tasks) = stopped else { return Vec::new() };
    let ours = tasks.iter().filter(|task| task.task_definition == *revision);
    let mut reasons: Vec<String> = Vec::new();
    for task in ours.filter(|task| !task.stopped.is_empty()) {
        let reason = format!("a task stopped: {}", task.stopped);
        if !reasons.contains(&reason) && reasons.len() < MOST_STOPS {
            reasons.push(reason);
        }
    }
    site.set_stop_reasons(revision, &reasons);
    reasons
}

const MOST_REASONS: usize = 6;
const MOST_STOPS: usize = 3;
