//! The weights of the routes.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_core::provider::{
    Applied, CallContext, ErrorKind, Fence, LoadBalancer, LoadBalancerCapabilities, ObservedSplit,
    ProviderError, RouteSplit, SetSplit,
};
use greenflow_core::value::{RouteId, Side, Split};

use crate::account::Family;
use crate::api::Operation;
use crate::forward::{Forward, with_weights};
use crate::layout::Route;
use crate::site::Site;
use crate::weights::{self, GRANULARITY};

/// Divides traffic by the weights of a site's rules and listeners.
///
/// A split is one `ModifyRule` (or `ModifyListener`) a route, in the order of the layout, with both
/// target groups and both weights in it. What else a route does, such as a login before it
/// forwards, is kept as it was last read. Weights are read with `DescribeRules`, all routes in one
/// call; such as are none of ours are shown as they are.
///
/// ELBv2 cannot refuse a stale write, and one that timed out may still land: it declares
/// [`Fence::Late`], and the engine waits.
#[derive(Clone, Debug)]
pub struct AlbBalancer {
    site: Arc<Site>,
}

impl AlbBalancer {
    /// Makes the balancer of a site.
    #[must_use]
    pub const fn new(site: Arc<Site>) -> Self {
        Self { site }
    }

    async fn modify(
        &self,
        cx: &CallContext,
        route: &Route,
        actions: Vec<Action>,
        is_cut: bool,
    ) -> Result<(), ProviderError> {
        let Site { account, elbv2, .. } = self.site.as_ref();
        let limit = cx.deadline;
        let (operation, call) = match route {
            Route::Rule(arn) => (Operation::ModifyRule, elbv2.modify_rule(limit, arn, actions)),
            Route::Listener(arn) => {
                (Operation::ModifyListener, elbv2.modify_listener(limit, arn, actions))
            }
        };
        let answer = match is_cut {
            true => account.urgent(Family::Elbv2Writes, call).await,
            false => account.call(Family::Elbv2Writes, limit, call).await,
        };
        answer.map_err(|error| error.during(operation, route.arn()))
    }
}

#[async_trait]
impl LoadBalancer for AlbBalancer {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        LoadBalancerCapabilities {
            granularity: GRANULARITY,
            fence: Fence::Late { bound: self.site.layout.late },
        }
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        let site = &self.site;
        let Some((blue, green)) = weights::weights(request.split) else {
            return Err(ProviderError::new(ErrorKind::InvalidRequest, "set split")
                .not_applied()
                .on(&site.layout.app)
                .because(format!("{} is no multiple of 0.1 %", request.split.green())));
        };
        let roles = site.roles(cx).await.map_err(unsent)?;
        let [blue_slot, green_slot] =
            [Side::Blue, Side::Green].map(|side| site.layout.slot(roles.slot(side)));
        let groups =
            [(blue_slot.target_group.as_str(), blue), (green_slot.target_group.as_str(), green)];
        let actions = match site.last_actions() {
            Some(actions) => actions,
            None => site.read_actions(cx.deadline).await.map_err(unsent)?,
        };
        let is_cut = request.split == Split::ALL_BLUE;
        for (index, (route, actions)) in site.layout.routes.iter().zip(&actions).enumerate() {
            let sent = self.modify(cx, route, with_weights(actions, groups), is_cut).await;
            match sent {
                Ok(()) => {}
                // A route before this one has taken it.
                Err(error) if index > 0 => return Err(partly(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        let site = &self.site;
        let roles = site.roles(cx).await?;
        let [blue, green] = [Side::Blue, Side::Green]
            .map(|side| site.layout.slot(roles.slot(side)).target_group.as_str());
        let actions = site.read_actions(cx.deadline).await?;
        let mut routes = Vec::new();
        for (route, actions) in site.layout.routes.iter().zip(&actions) {
            let forward = Forward::of(actions);
            let route = RouteId::new(route.arn()).map_err(|error| {
                ProviderError::new(ErrorKind::Unexpected, "read split").caused_by(error)
            })?;
            let split = forward.split(blue, green);
            routes.push(RouteSplit { route, split, description: forward.to_string() });
        }
        Ok(ObservedSplit { routes })
    }
}

/// Nothing was written yet, whatever the read that came first says.
fn unsent(error: ProviderError) -> ProviderError {
    error.not_applied()
}

/// Says that some routes took the split and others did not.
fn partly(error: ProviderError) -> ProviderError {
    match error.applied() {
        Applied::Unknown => error,
        Applied::No => {
            let unknown = ProviderError::new(error.kind(), "set split")
                .because("some routes have taken it already");
            let unknown = match error.pause() {
                Some(pause) => unknown.retry_after(pause),
                None => unknown,
            };
            unknown.caused_by(error)
        }
    }
}
