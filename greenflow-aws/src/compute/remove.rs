//! Stopping what is no longer needed.

use greenflow_core::provider::{CallContext, ErrorKind, ProviderError, Remove};
use greenflow_core::value::ResourceId;

use super::pin;
use super::provision::idle;
use crate::account::Family;
use crate::api::{Operation, ServiceUpdate};
use crate::identity::Identity;
use crate::layout::Which;
use crate::site::Site;

/// Sets the services of these resources to no tasks, after reading that they get no traffic.
pub(super) async fn remove(
    site: &Site,
    cx: &CallContext,
    request: Remove,
) -> Result<(), ProviderError> {
    let unsent = ProviderError::not_applied;
    let limit = cx.deadline;
    let roles = site.roles(cx).await.map_err(unsent)?;
    let expected = roles.slot(request.side);
    let mut wanted = Vec::new();
    for resource in &request.resources {
        let identity = Identity::parse(resource).ok_or_else(|| refused(resource, "is no task"))?;
        match site.which(&identity.service) {
            Some(which) if which == expected => wanted.push(identity),
            Some(_) => return Err(refused(resource, "belongs to the other side")),
            None => return Err(refused(resource, "is no service of this layout")),
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let service = &site.services(limit).await.map_err(unsent)?[expected as usize];
    let now = Identity::new(&service.arn, &service.task_definition);
    // What runs there now may be something else: then what was named is gone already.
    if service.desired == 0 || !wanted.contains(&now) {
        return Ok(());
    }
    idle(site, limit, expected).await.map_err(unsent)?;
    pin::suspend(site, cx, expected).await?;
    stop(site, cx, expected).await
}

async fn stop(site: &Site, cx: &CallContext, which: Which) -> Result<(), ProviderError> {
    let service = &site.layout.slot(which).service;
    let update = ServiceUpdate {
        cluster: site.layout.cluster.clone(),
        service: service.clone(),
        task_definition: None,
        desired: 0,
    };
    let call = site.ecs.update_service(cx.deadline, update);
    let answer = site.account.call(Family::EcsWrites, cx.deadline, call).await;
    answer.map_err(|error| error.during(Operation::UpdateService, service))
}

fn refused(resource: &ResourceId, why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::InvalidRequest, "remove")
        .not_applied()
        .on(resource.as_str())
        .because(format!("it {why}"))
}
