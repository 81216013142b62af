//! Where a service lives: two slots, and the routes that divide the traffic between them.

use std::time::Duration;

use greenflow_core::value::RouteId;

/// Where a service lives on AWS.
///
/// Two long-lived ECS services, the *slots*, each with a target group of its own; and one or more
/// listener rules (or listeners' default actions), the *routes*, which forward to both target
/// groups by weight. In each rollout one slot is blue and the other green; after it they have
/// swapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    pub(crate) app: String,
    pub(crate) cluster: String,
    pub(crate) slots: [Slot; 2],
    pub(crate) routes: Vec<Route>,
    pub(crate) base: String,
    pub(crate) container: Option<String>,
    pub(crate) late: Duration,
    pub(crate) requests_per_kilosecond: Option<u64>,
}

/// One of the two ECS services and its target group.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a slot is these two")]
pub struct Slot {
    /// The ECS service, by ARN.
    pub service: String,
    /// The target group that it registers its tasks with, by ARN.
    pub target_group: String,
}

/// What divides the traffic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_enums, reason = "an ALB has no third")]
pub enum Route {
    /// A listener rule, by ARN.
    Rule(String),
    /// A listener's default action, by the listener's ARN.
    Listener(String),
}

impl Route {
    /// Returns its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        match self {
            Self::Rule(arn) | Self::Listener(arn) => arn,
        }
    }
}

/// One of the two slots of a [`Layout`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Which {
    A,
    B,
}

impl Which {
    pub(crate) const BOTH: [Self; 2] = [Self::A, Self::B];

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What is wrong with a layout, all of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the layout of {app} cannot be used: {}", problems.join("; "))]
pub struct LayoutError {
    app: String,
    problems: Vec<String>,
}

impl LayoutError {
    /// Returns each problem.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Layout {
    /// Describes the service `app`, whose new revisions are like the task definition `base` (a
    /// family, whose newest revision is then meant, or `family:revision`) but for the image.
    ///
    /// # Errors
    /// [`LayoutError`] with every problem: what is no ARN of its kind, names that are empty, slots
    /// that share a service or target group, routes that are missing, named twice or of another
    /// load balancer.
    pub fn new(
        app: impl Into<String>,
        cluster: impl Into<String>,
        slots: [Slot; 2],
        routes: Vec<Route>,
        base: impl Into<String>,
    ) -> Result<Self, LayoutError> {
        let layout = Self {
            app: app.into(),
            cluster: cluster.into(),
            slots,
            routes,
            base: base.into(),
            container: None,
            late: LATE,
            requests_per_kilosecond: None,
        };
        let problems = layout.problems();
        if problems.is_empty() {
            return Ok(layout);
        }
        Err(LayoutError { app: layout.app, problems })
    }

    /// Says in which container of the task definition the image is replaced. Needed when there is
    /// more than one.
    #[must_use]
    pub fn with_container(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// Changes *H*, how long a sent call may still take effect; by default 120 s. AWS promises no
    /// bound: this one is much longer than anything seen.
    #[must_use]
    pub const fn with_late_effect_bound(mut self, bound: Duration) -> Self {
        self.late = bound;
        self
    }

    /// Says how many requests one healthy target carries in 1000 s, so that the engine can check
    /// the capacity of both sides against the demand.
    #[must_use]
    pub const fn with_target_capacity(mut self, requests_per_kilosecond: u64) -> Self {
        self.requests_per_kilosecond = Some(requests_per_kilosecond);
        self
    }

    pub(crate) const fn slot(&self, which: Which) -> &Slot {
        match which {
            Which::A => &self.slots[0],
            Which::B => &self.slots[1],
        }
    }

    /// What Application Auto Scaling calls the service of a slot: `service/CLUSTER/NAME`.
    #[cfg(feature = "autoscaling")]
    pub(crate) fn scalable(&self, which: Which) -> String {
        let service = &self.slot(which).service;
        let name = service.rsplit('/').next().unwrap_or(service);
        let cluster = self.cluster.rsplit('/').next().unwrap_or(&self.cluster);
        format!("service/{cluster}/{name}")
    }

    /// The family that new revisions are registered in.
    pub(crate) fn family(&self) -> &str {
        let name = self.base.rsplit('/').next().unwrap_or(&self.base);
        name.split(':').next().unwrap_or(name)
    }

    /// The load balancer's part of the routes' ARNs: `app/name/id`.
    pub(crate) fn load_balancer(&self) -> Option<String> {
        self.routes.first().and_then(|route| load_balancer(route.arn()))
    }

    /// The load balancer's ARN, from the routes'.
    pub(crate) fn load_balancer_arn(&self) -> Option<String> {
        let route = self.routes.first()?.arn();
        let parts: Vec<&str> = route.splitn(6, ':').collect();
        let [arn, partition, service, region, account, _] = parts.as_slice() else { return None };
        let name = self.load_balancer()?;
        Some(format!("{arn}:{partition}:{service}:{region}:{account}:loadbalancer/{name}"))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (what, text) in
            [("app", &self.app), ("cluster", &self.cluster), ("task definition", &self.base)]
        {
            if text.trim().is_empty() {
                problems.push(format!("the {what} has no name"));
            }
        }
        let [a, b] = &self.slots;
        for slot in [a, b] {
            if !is_arn(&slot.service, "ecs", "service/") {
                problems.push(format!("{:?} is no ARN of an ECS service", slot.service));
            }
            if !is_arn(&slot.target_group, "elasticloadbalancing", "targetgroup/") {
                problems.push(format!("{:?} is no ARN of a target group", slot.target_group));
            }
        }
        if a.service == b.service {
            problems.push("both slots are the same service".to_owned());
        }
        if a.target_group == b.target_group {
            problems.push("both slots have the same target group".to_owned());
        }
        problems.extend(self.route_problems());
        problems
    }

    fn route_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.routes.is_empty() {
            problems.push("there is no rule or listener that divides the traffic".to_owned());
        }
        for (index, route) in self.routes.iter().enumerate() {
            let (kind, prefix) = match route {
                Route::Rule(_) => ("rule", "listener-rule/app/"),
                Route::Listener(_) => ("listener", "listener/app/"),
            };
            let arn = route.arn();
            if !is_arn(arn, "elasticloadbalancing", prefix) || RouteId::new(arn).is_err() {
                problems.push(format!("{arn:?} is no ARN of an ALB's {kind}"));
            }
            if self.routes.iter().take(index).any(|other| other.arn() == arn) {
                problems.push(format!("{arn} is named twice"));
            }
            if load_balancer(arn) != self.load_balancer() {
                problems.push(format!("{arn} belongs to another load balancer than the first"));
            }
        }
        problems
    }
}

/// How long a sent call may still take effect, unless the layout says otherwise.
const LATE: Duration = Duration::from_secs(120);

fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, found, region, account, rest]
        if *found == service && !region.is_empty() && !account.is_empty()
            && rest.len() > resource.len() && rest.starts_with(resource))
}

/// From `arn:…:listener-rule/app/name/id/listener/rule`: `app/name/id`.
fn load_balancer(arn: &str) -> Option<String> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let parts: Vec<&str> = resource.split('/').skip(1).take(3).collect();
    (parts.len() == 3).then(|| parts.join("/"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const LB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";

    pub(crate) fn slots() -> [Slot; 2] {
        ["a", "b"].map(|name| Slot {
            service: format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/api-{name}"),
            target_group: format!("{LB}:targetgroup/api-{name}/6d0ecf831eec9f09"),
        })
    }

    pub(crate) fn layout() -> Layout {
        let rule =
            format!("{LB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d0");
        Layout::new("api", "shop", slots(), vec![Route::Rule(rule)], "api").unwrap()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let slot = || Slot { service: "api".to_owned(), target_group: "tg".to_owned() };
        let rule = || Route::Rule("rule".to_owned());
        let error = Layout::new("", "", [slot(), slot()], vec![rule(), rule()], "").unwrap_err();
        let expected = [
            "the app has no name",
            "the cluster has no name",
            "the task definition has no name",
            "\"api\" is no ARN of an ECS service",
            "\"tg\" is no ARN of a target group",
            "\"api\" is no ARN of an ECS service",
            "\"tg\" is no ARN of a target group",
            "both slots are the same service",
            "both slots have the same target group",
            "\"rule\" is no ARN of an ALB's rule",
            "\"rule\" is no ARN of an ALB's rule",
            "rule is named twice",
        ];
        assert_eq!(error.problems(), expected);
    }

    #[test]
    fn routes_belong_to_one_load_balancer() {
        let mut routes = layout().routes;
        routes.push(Route::Listener(format!("{LB}:listener/app/other/50dc6c495c0c9189/f2f7dc8e")));
        let error = Layout::new("api", "shop", slots(), routes, "api").unwrap_err();
        assert!(error.to_string().contains("another load balancer"), "{error}");
    }

    #[test]
    fn the_family_is_read_from_each_way_to_name_a_revision() {
        let mut layout = layout();
        for name in ["api", "api:7", "arn:aws:ecs:eu-west-1:123456789012:task-definition/api:7"] {
            layout.base = name.to_owned();
            assert_eq!(layout.family(), "api");
        }
    }
}
