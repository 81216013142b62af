//! Starting green.

use std::time::Duration;

use greenflow_core::provider::{CallContext, ErrorKind, ProviderError, Provision, Provisioned};
use greenflow_core::value::{Revision, Side};

use super::pin;
use crate::account::Family;
use crate::api::{NewRevision, Operation, ServiceUpdate, TaskDefinitionState};
use crate::forward::Forward;
use crate::identity::Identity;
use crate::layout::Which;
use crate::site::Site;
use crate::tags;

/// Registers the revision, unless that has been done, and lets the idle service run it.
///
/// A second revision, after a lost answer, is harmless: only one is ever run. Where the service
/// runs this rollout's revision already it only gets the tasks that it lacks, also under traffic;
/// none is ever taken away, by autoscaling neither, which may add some from the first on.
pub(super) async fn provision(
    site: &Site,
    cx: &CallContext,
    request: Provision,
) -> Result<Provisioned, ProviderError> {
    let limit = cx.deadline;
    // Nothing is written before the revision is registered.
    let which = site.roles(cx).await.map_err(ProviderError::not_applied)?.slot(Side::Green);
    let slot = site.layout.slot(which);
    let service = &site.services(limit).await.map_err(ProviderError::not_applied)?[which as usize];
    let running = site.definition(limit, &service.task_definition).await;
    let running = running.map_err(ProviderError::not_applied)?;
    let ours = is_ours(&running, cx, &request.revision);
    let task_definition = if ours {
        service.task_definition.clone()
    } else {
        idle(site, limit, which).await.map_err(ProviderError::not_applied)?;
        revision(site, cx, &request.revision).await?
    };
    let identity = Identity::new(&service.arn, &task_definition);
    let resource = identity
        .to_resource()
        .map_err(|error| error.during(Operation::UpdateService, &slot.service))?;
    let provisioned = Provisioned { resources: vec![resource] };
    pin::hold(site, cx, which).await?;
    if ours && service.desired >= request.capacity {
        return Ok(provisioned);
    }
    if !ours {
        site.set_settled(&cx.rollout, false);
    }
    let update = ServiceUpdate {
        cluster: site.layout.cluster.clone(),
        service: slot.service.clone(),
        task_definition: (!ours).then_some(task_definition),
        desired: request.capacity,
    };
    let call = site.ecs.update_service(limit, update);
    let answer = site.account.call(Family::EcsWrites, limit, call).await;
    answer.map_err(|error| error.during(Operation::UpdateService, &slot.service))?;
    Ok(provisioned)
}

/// Refuses to touch a slot that a route sends traffic to.
pub(super) async fn idle(site: &Site, limit: Duration, which: Which) -> Result<(), ProviderError> {
    let group = &site.layout.slot(which).target_group;
    let actions = site.read_actions(limit).await?;
    for (route, actions) in site.layout.routes.iter().zip(&actions) {
        let forward = Forward::of(actions);
        if forward.may_reach(group) {
            return Err(ProviderError::new(ErrorKind::Conflict, "touch an idle slot")
                .not_applied()
                .on(&site.layout.slot(which).service)
                .because(format!("{} sends it traffic: {forward}", route.arn())));
        }
    }
    Ok(())
}

/// Returns the ARN of this rollout's revision; registers it if there is none.
async fn revision(
    site: &Site,
    cx: &CallContext,
    wanted: &Revision,
) -> Result<String, ProviderError> {
    let limit = cx.deadline;
    let unsent = ProviderError::not_applied;
    let newest = site.newest_definition(limit, site.layout.family()).await.map_err(unsent)?;
    if is_ours(&newest, cx, wanted) {
        return Ok(newest.arn().to_owned());
    }
    let base = base(site, limit, newest).await.map_err(unsent)?;
    let new = NewRevision {
        tags: tags::of_revision(&base.tags, &site.layout.app, &cx.rollout, &wanted.digest),
        base: base.definition,
        container: site.layout.container.clone(),
        image: wanted.to_string(),
    };
    let call = site.ecs.register(limit, new);
    let answer = site.account.call(Family::EcsWrites, limit, call).await;
    answer.map_err(|error| error.during(Operation::RegisterTaskDefinition, site.layout.family()))
}

/// Whether this rollout registered it, for this image.
fn is_ours(definition: &TaskDefinitionState, cx: &CallContext, wanted: &Revision) -> bool {
    tags::is_of(&definition.tags, &cx.rollout)
        && tags::is_of_artifact(&definition.tags, &wanted.digest)
}

/// The revision that the new one shall be like: the newest, or the one that the layout names.
async fn base(
    site: &Site,
    limit: Duration,
    newest: TaskDefinitionState,
) -> Result<TaskDefinitionState, ProviderError> {
    if site.layout.base == site.layout.family() {
        return Ok(newest);
    }
    site.newest_definition(limit, &site.layout.base).await
}
