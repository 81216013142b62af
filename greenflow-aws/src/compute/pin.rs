//! Keeping a side at its size.
//!
//! With the feature `autoscaling` and a [`ScalingApi`](crate::api::ScalingApi), a pin suspends
//! scale-in and scheduled scaling of the side's service, so that nothing takes tasks away, while
//! more may be added. A slot that was removed has all scaling suspended, as autoscaling would lift
//! it to its minimum again; it is restored when the slot is pinned again and when pins are taken
//! back while it serves. Without it the services' counts must be nobody's but the engine's: ECS
//! then keeps them, and the pin itself is only remembered. Either way a pin gives a slot that shall
//! have fewer tasks so many.

use greenflow_core::provider::{CallContext, Pin, ProviderError};
#[cfg(feature = "autoscaling")]
use greenflow_core::value::Side;

use crate::account::Family;
use crate::api::{Operation, ServiceState, ServiceUpdate};
use crate::layout::Which;
use crate::site::Site;

/// Pins a side, or takes the pin back.
pub(super) async fn pin(site: &Site, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
    let unsent = ProviderError::not_applied;
    let roles = site.roles(cx).await.map_err(unsent)?;
    let which = roles.slot(request.side);
    #[cfg(feature = "autoscaling")]
    scaling::pin(site, cx, which, request.minimum).await?;
    if let Some(minimum) = request.minimum {
        bring_to(site, cx, which, minimum).await?;
    }
    site.set_pin(&cx.rollout, which, request.minimum);
    Ok(())
}

/// Gives a slot that shall have fewer tasks so many. Never takes any away.
async fn bring_to(
    site: &Site,
    cx: &CallContext,
    which: Which,
    minimum: u32,
) -> Result<(), ProviderError> {
    let limit = cx.deadline;
    let service = &site.services(limit).await?[which as usize];
    if service.desired >= minimum {
        return Ok(());
    }
    let update = ServiceUpdate {
        cluster: site.layout.cluster.clone(),
        service: service.arn.clone(),
        task_definition: None,
        desired: minimum,
    };
    let call = site.ecs.update_service(limit, update);
    let answer = site.account.call(Family::EcsWrites, limit, call).await;
    answer.map_err(|error| error.during(Operation::UpdateService, &service.arn))
}

/// Returns the minimum that a slot is pinned at.
pub(super) async fn read(
    site: &Site,
    cx: &CallContext,
    which: Which,
    service: &ServiceState,
) -> Result<Option<u32>, ProviderError> {
    let remembered = site.pin_of(&cx.rollout, which);
    #[cfg(feature = "autoscaling")]
    if let Some(suspended) = scaling::is_pinned(site, cx, which).await? {
        // Another process may have pinned it: then it is at least at what it has.
        return Ok(suspended.then(|| remembered.unwrap_or(service.desired)));
    }
    let _ = service;
    Ok(remembered)
}

/// Suspends all scaling of a slot that is about to be idle.
pub(super) async fn suspend(
    site: &Site,
    cx: &CallContext,
    which: Which,
) -> Result<(), ProviderError> {
    #[cfg(feature = "autoscaling")]
    scaling::suspend_all(site, cx, which).await?;
    let _ = (site, cx, which);
    Ok(())
}

#[cfg(feature = "autoscaling")]
mod scaling {
    use std::time::Duration;

    use super::{CallContext, ProviderError, Side, Site, Which};
    use crate::account::Family;
    use crate::api::{Operation, Suspension};
    use crate::site::Noted;

    /// Nothing takes tasks away; more may be added.
    const PINNED: Suspension = Suspension { scale_in: true, scale_out: false, scheduled: true };
    /// Nothing changes the count.
    const IDLE: Suspension = Suspension { scale_in: true, scale_out: true, scheduled: true };
    const FREE: Suspension = Suspension { scale_in: false, scale_out: false, scheduled: false };

    pub(super) async fn pin(
        site: &Site,
        cx: &CallContext,
        which: Which,
        minimum: Option<u32>,
    ) -> Result<(), ProviderError> {
        if minimum.is_some() {
            return set(site, cx, which, PINNED).await;
        }
        // The pin ends with the rollout: whichever slot serves is free again, an idle one rests.
        let services = site.services(cx.deadline).await.map_err(ProviderError::not_applied)?;
        for (slot, service) in Which::BOTH.into_iter().zip(&services) {
            let wanted = if service.desired == 0 { IDLE } else { FREE };
            set(site, cx, slot, wanted).await?;
        }
        Ok(())
    }

    pub(super) async fn suspend_all(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<(), ProviderError> {
        set(site, cx, which, IDLE).await
    }

    /// Whether a slot is pinned; `None` when nothing scales it.
    pub(super) async fn is_pinned(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<Option<bool>, ProviderError> {
        // Only blue is ever pinned, and each read is a call.
        if site.roles(cx).await?.slot(Side::Blue) != which {
            return Ok(None);
        }
        let found = match site.suspension(which, BETWEEN_READS) {
            Some(known) => known,
            None => {
                let found = read(site, cx, which).await?;
                site.note_scaling(which, Noted::Read(found));
                found
            }
        };
        Ok(found.map(|found| found == PINNED))
    }

    /// Changes what is suspended, unless it is so already or nothing scales the slot.
    async fn set(
        site: &Site,
        cx: &CallContext,
        which: Which,
        wanted: Suspension,
    ) -> Result<(), ProviderError> {
        site.note_scaling(which, Noted::Set(wanted));
        let found = read(site, cx, which).await.map_err(ProviderError::not_applied)?;
        let (Some(api), Some(found)) = (&site.scaling, found) else { return Ok(()) };
        if found == wanted {
            return Ok(());
        }
        let resource = site.layout.scalable(which);
        let call = api.suspend(cx.deadline, &resource, wanted);
        let answer = site.account.call(Family::Scaling, cx.deadline, call).await;
        answer.map_err(|error| error.during(Operation::RegisterScalableTarget, &resource))
    }

    async fn read(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<Option<Suspension>, ProviderError> {
        let Some(api) = &site.scaling else { return Ok(None) };
        let resource = site.layout.scalable(which);
        let call = api.suspension(cx.deadline, &resource);
        let answer = site.account.call(Family::Scaling, cx.deadline, call).await;
        answer.map_err(|error| error.during(Operation::DescribeScalableTargets, &resource))
    }

    const BETWEEN_READS: Duration = Duration::from_secs(300);
}
