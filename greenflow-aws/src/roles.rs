//! Which slot is blue in a rollout, and how that is found out.

use std::time::Duration;

use greenflow_core::provider::{CallContext, ErrorKind, ProviderError};
use greenflow_core::value::{RolloutId, Side};

use crate::api::ServiceState;
use crate::forward::Forward;
use crate::layout::Which;
use crate::site::Site;
use crate::tags;

/// Which slot is blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Roles {
    blue: Which,
}

impl Roles {
    pub(crate) const fn with_blue(blue: Which) -> Self {
        Self { blue }
    }

    pub(crate) const fn slot(self, side: Side) -> Which {
        match side {
            Side::Blue => self.blue,
            Side::Green => self.blue.other(),
        }
    }
}

impl Site {
    /// Returns which slot is blue in this rollout. It is fixed for the rollout.
    ///
    /// In this order: what is remembered (of an earlier call, or of the journal, see
    /// [`recall`](Site::recall)); the slot whose task definition was registered for this rollout is
    /// green; before there is one, the slot that has all of the traffic is blue.
    pub(crate) async fn roles(&self, cx: &CallContext) -> Result<Roles, ProviderError> {
        if let Some(roles) = self.remembered(&cx.rollout) {
            return Ok(roles);
        }
        let limit = cx.deadline;
        let services = self.services(limit).await?;
        let roles = match self.green_by_tag(&cx.rollout, &services, limit).await? {
            Some(green) => Roles::with_blue(green.other()),
            None => Roles::with_blue(self.serving(&services, limit).await?),
        };
        self.remember(&cx.rollout, roles);
        Ok(roles)
    }

    async fn green_by_tag(
        &self,
        rollout: &RolloutId,
        services: &[ServiceState; 2],
        limit: Duration,
    ) -> Result<Option<Which>, ProviderError> {
        let mut green = Vec::new();
        for (which, service) in Which::BOTH.into_iter().zip(services) {
            let definition = self.definition(limit, &service.task_definition).await?;
            if tags::is_of(&definition.tags, rollout) {
                green.push(which);
            }
        }
        match green.as_slice() {
            [] => Ok(None),
            [green] => Ok(Some(*green)),
            _ => Err(unclear(self, "both slots run the revision of this rollout")),
        }
    }

    /// The slot that has all of the traffic, on every route.
    async fn serving(
        &self,
        services: &[ServiceState; 2],
        limit: Duration,
    ) -> Result<Which, ProviderError> {
        let actions = self.read_actions(limit).await?;
        let forwards: Vec<Forward> = actions.iter().map(|found| Forward::of(found)).collect();
        let all_on = |which: Which| {
            let (own, other) = (self.layout.slot(which), self.layout.slot(which.other()));
            forwards.iter().all(|forward| forward.is_all_on(&own.target_group, &other.target_group))
        };
        let serving = Which::BOTH.into_iter().find(|which| all_on(*which)).ok_or_else(|| {
            let seen: Vec<String> = forwards.iter().map(ToString::to_string).collect();
            let seen = seen.join("; ");
            let why = format!("neither slot has all of the traffic: {seen}; put it on one of them");
            unclear(self, &why)
        })?;
        // A reading of the services that is older than the weights would hide whose revision runs.
        if services[serving as usize].desired == 0 {
            return Err(unclear(self, "the slot with all of the traffic is read without tasks"));
        }
        Ok(serving)
    }
}

fn unclear(site: &Site, why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Conflict, "find which slot is blue")
        .not_applied()
        .on(&site.layout.app)
        .because(why)
}
