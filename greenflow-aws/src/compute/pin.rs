//! Keeping a side at its size.
//!
//! With the feature `autoscaling` and a [`ScalingApi`](crate::api::ScalingApi), a pin suspends
//! scale-in and scheduled scaling of the side's service, so that nothing takes tasks away, while
//! more may be added. A green that is started is held in the same way. A slot that was removed has
//! all scaling suspended, as autoscaling would lift it to its minimum again. When pins are taken back
//! the slot that serves is free again. A lost answer to that is looked for at blue: its own comes
//! last, and where it is gone it is described as pinned at no task until green is free. Without it
//! the services' counts must be nobody's but the engine's: ECS then keeps them, and the pin itself
//! is only remembered. Either way a pin gives a slot that shall have fewer tasks so many.

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
    services: &[ServiceState; 2],
) -> Result<Option<u32>, ProviderError> {
    let remembered = site.pin_of(&cx.rollout, which);
    // Only blue is ever pinned, and each read is a call.
    #[cfg(feature = "autoscaling")]
    if site.roles(cx).await?.slot(Side::Blue) == which {
        return scaling::minimum(site, cx, which, services, remembered).await;
    }
    let _ = services;
    Ok(remembered)
}

/// Lets nothing take tasks away from a slot that is about to be green.
pub(super) async fn hold(site: &Site, cx: &CallContext, which: Which) -> Result<(), ProviderError> {
    #[cfg(feature = "autoscaling")]
    scaling::hold(site, cx, which).await?;
    let _ = (site, cx, which);
    Ok(())
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

    use super::{CallContext, ProviderError, ServiceState, Site, Which};
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
            return hold(site, cx, which).await;
        }
        let services = site.services(cx.deadline).await.map_err(ProviderError::not_applied)?;
        // Once this one is read as free, the other is too.
        for slot in [which.other(), which] {
            set(site, cx, slot, without_pins(&services[slot as usize])).await?;
        }
        Ok(())
    }

    pub(super) async fn hold(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<(), ProviderError> {
        set(site, cx, which, PINNED).await
    }

    pub(super) async fn suspend_all(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<(), ProviderError> {
        set(site, cx, which, IDLE).await
    }

    /// The minimum that blue is pinned at.
    pub(super) async fn minimum(
        site: &Site,
        cx: &CallContext,
        blue: Which,
        services: &[ServiceState; 2],
        remembered: Option<u32>,
    ) -> Result<Option<u32>, ProviderError> {
        let desired = services[blue as usize].desired;
        match suspension(site, cx, blue).await? {
            // Another process may have pinned it: then it is at least at what it has.
            Some(PINNED) => return Ok(Some(remembered.unwrap_or(desired))),
            // Nothing scales it.
            None if remembered.is_some() => return Ok(remembered),
            Some(_) | None if desired > 0 => return Ok(None),
            Some(_) | None => {}
        }
        // Green alone serves: as long as it is not free, nothing was taken back.
        for slot in [blue.other(), blue] {
            let found = suspension(site, cx, slot).await?;
            if found.is_some_and(|found| found != without_pins(&services[slot as usize])) {
                return Ok(Some(0));
            }
        }
        Ok(None)
    }

    /// Pins end with the rollout: whichever slot serves is free again, an idle one rests.
    const fn without_pins(service: &ServiceState) -> Suspension {
        if service.desired == 0 { IDLE } else { FREE }
    }

    /// What is suspended of a slot's scaling, read lately; `None` when nothing scales it.
    async fn suspension(
        site: &Site,
        cx: &CallContext,
        which: Which,
    ) -> Result<Option<Suspension>, ProviderError> {
        if let Some(known) = site.suspension(which, BETWEEN_READS) {
            return Ok(known);
        }
        let found = read(site, cx, which).await?;
        site.note_scaling(which, Noted::Read(found));
        Ok(found)
    }

    /// Changes what is suspended, unless it is so already or nothing scales the slot.
    async fn set(
        site: &Site,
        cx: &CallContext,
        which: Which,
        wanted: Suspension,
    ) -> Result<(), ProviderError> {
        // What lately was otherwise is set without another look.
        let lately = site.suspension(which, BETWEEN_READS).flatten();
        site.note_scaling(which, Noted::Set(wanted));
        let found = match lately.filter(|lately| *lately != wanted) {
            Some(lately) => Some(lately),
            None => read(site, cx, which).await.map_err(ProviderError::not_applied)?,
        };
        let (Some(api), Some(found)) = (&site.scaling, found) else { return Ok(()) };
        if found == wanted {
            site.note_scaling(which, Noted::Read(Some(found)));
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
