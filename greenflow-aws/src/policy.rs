//! The permissions, from the list of calls.

use serde_json::{Value, json};

use crate::api::Operation;
use crate::layout::{Layout, Route};

/// The least that the adapter must be allowed to do, as an IAM policy: a statement for each kind of
/// resource, with every call of [`Operation`] that the chosen parts make, and no other.
///
/// Resources and conditions follow AWS's service authorization reference; AWS itself was never asked
/// whether they are enough. Where a call has none, or the name is not known beforehand, the resource
/// is `*`.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    layout: &'a Layout,
    roles: Vec<String>,
    repositories: Vec<String>,
    autoscaling: bool,
    cloudwatch: bool,
}

impl<'a> Policy<'a> {
    /// Begins with the load balancer and ECS.
    #[must_use]
    pub const fn new(layout: &'a Layout) -> Self {
        Self {
            layout,
            roles: Vec::new(),
            repositories: Vec::new(),
            autoscaling: false,
            cloudwatch: false,
        }
    }

    /// Adds a role that the task definitions name, by ARN: their task role and their execution
    /// role. Whoever registers a task definition must be allowed to pass them.
    #[must_use]
    pub fn with_role(mut self, arn: impl Into<String>) -> Self {
        self.roles.push(arn.into());
        self
    }

    /// Adds a repository in ECR, by ARN.
    #[must_use]
    pub fn with_repository(mut self, arn: impl Into<String>) -> Self {
        self.repositories.push(arn.into());
        self
    }

    /// Adds what suspends autoscaling.
    #[must_use]
    pub const fn with_autoscaling(mut self) -> Self {
        self.autoscaling = true;
        self
    }

    /// Adds what reads metrics and alarms.
    #[must_use]
    pub const fn with_cloudwatch(mut self) -> Self {
        self.cloudwatch = true;
        self
    }

    /// Writes it down.
    #[must_use]
    pub fn to_json(&self) -> String {
        let statements: Vec<Value> = Scope::ALL
            .into_iter()
            .filter_map(|scope| {
                let resources = self.resources(scope);
                let mut actions: Vec<&str> = Operation::ALL
                    .into_iter()
                    .filter(|operation| Scope::of(*operation) == scope)
                    .map(Operation::action)
                    .collect();
                actions.extend(scope.beside());
                (!resources.is_empty() && !actions.is_empty())
                    .then(|| self.statement(scope, &actions, &resources))
            })
            .collect();
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        format!("{policy:#}\n")
    }

    fn statement(&self, scope: Scope, actions: &[&str], resources: &[String]) -> Value {
        let mut statement = json!({
            "Sid": format!("{scope:?}"),
            "Effect": "Allow",
            "Action": actions,
            "Resource": resources,
        });
        if let (Some(condition), Some(fields)) = (self.condition(scope), statement.as_object_mut())
        {
            fields.insert("Condition".to_owned(), condition);
        }
        statement
    }

    fn condition(&self, scope: Scope) -> Option<Value> {
        match scope {
            Scope::Cluster => {
                let cluster = self.arn("ecs", &format!("cluster/{}", self.cluster()));
                Some(json!({ "ArnEquals": { "ecs:cluster": cluster } }))
            }
            Scope::Revisions => Some(json!({
                "StringEquals": { "ecs:CreateAction": "RegisterTaskDefinition" }
            })),
            Scope::ScalableTargets => Some(json!({
                "StringEquals": {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                }
            })),
            Scope::Roles => Some(json!({
                "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" }
            })),
            Scope::Everything
            | Scope::Metrics
            | Scope::Scaling
            | Scope::Services
            | Scope::Tasks
            | Scope::Rules
            | Scope::Listeners
            | Scope::Repositories => None,
        }
    }

    fn resources(&self, scope: Scope) -> Vec<String> {
        let all = || vec!["*".to_owned()];
        let routes = |wanted: fn(&Route) -> bool| {
            let found = self.layout.routes.iter().filter(|route| wanted(route));
            found.map(|route| route.arn().to_owned()).collect()
        };
        match scope {
            Scope::Everything | Scope::Cluster => all(),
            Scope::Metrics => self.cloudwatch.then(all).unwrap_or_default(),
            Scope::Scaling => self.autoscaling.then(all).unwrap_or_default(),
            Scope::Services => self.layout.slots.iter().map(|slot| slot.service.clone()).collect(),
            Scope::Tasks => vec![self.arn("ecs", &format!("task/{}/*", self.cluster()))],
            // Of a revision that is just being registered AWS names the family alone.
            Scope::Revisions => ["", ":*"]
                .map(|of| format!("task-definition/{}{of}", self.layout.family()))
                .map(|resource| self.arn("ecs", &resource))
                .to_vec(),
            Scope::Rules => routes(|route| matches!(route, Route::Rule(_))),
            Scope::Listeners => routes(|route| matches!(route, Route::Listener(_))),
            Scope::ScalableTargets => {
                let any = || vec![self.arn("application-autoscaling", "scalable-target/*")];
                self.autoscaling.then(any).unwrap_or_default()
            }
            Scope::Roles => self.roles.clone(),
            Scope::Repositories => self.repositories.clone(),
        }
    }

    fn cluster(&self) -> &str {
        let cluster = &self.layout.cluster;
        cluster.rsplit('/').next().unwrap_or(cluster)
    }

    /// An ARN in the account and region of the services.
    fn arn(&self, service: &str, resource: &str) -> String {
        let [slot, _] = &self.layout.slots;
        let parts: Vec<&str> = slot.service.splitn(6, ':').collect();
        let part = |index: usize| parts.get(index).copied().unwrap_or("*");
        format!("arn:{}:{service}:{}:{}:{resource}", part(1), part(3), part(4))
    }
}

/// What a statement is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scope {
    /// Calls that AWS limits to no resource, or that name what is not known beforehand.
    Everything,
    Metrics,
    Scaling,
    Services,
    Cluster,
    Tasks,
    Revisions,
    Rules,
    Listeners,
    ScalableTargets,
    Roles,
    Repositories,
}

impl Scope {
    const ALL: [Self; 12] = [
        Self::Everything,
        Self::Metrics,
        Self::Scaling,
        Self::Services,
        Self::Cluster,
        Self::Tasks,
        Self::Revisions,
        Self::Rules,
        Self::Listeners,
        Self::ScalableTargets,
        Self::Roles,
        Self::Repositories,
    ];

    const fn of(operation: Operation) -> Self {
        match operation {
            Operation::DescribeRules
            | Operation::DescribeListeners
            | Operation::DescribeTargetGroups
            | Operation::DescribeTargetGroupAttributes
            | Operation::DescribeTargetHealth
            | Operation::DescribeAccountLimits
            | Operation::DescribeTaskDefinition
            | Operation::RegisterTaskDefinition => Self::Everything,
            // Alarms could be named, but then AWS tells of no composite ones.
            Operation::GetMetricData | Operation::DescribeAlarms => Self::Metrics,
            Operation::DescribeScalableTargets => Self::Scaling,
            Operation::DescribeServices | Operation::UpdateService => Self::Services,
            Operation::ListTasks => Self::Cluster,
            Operation::DescribeTasks => Self::Tasks,
            Operation::ModifyRule => Self::Rules,
            Operation::ModifyListener => Self::Listeners,
            Operation::RegisterScalableTarget => Self::ScalableTargets,
            Operation::DescribeImages => Self::Repositories,
        }
    }

    /// Permissions that a call needs beside its own: a revision is registered with tags, and with
    /// the roles of its tasks.
    const fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Revisions => &["ecs:TagResource"],
            Self::Roles => &["iam:PassRole"],
            Self::Everything
            | Self::Metrics
            | Self::Scaling
            | Self::Services
            | Self::Cluster
            | Self::Tasks
            | Self::Rules
            | Self::Listeners
            | Self::ScalableTargets
            | Self::Repositories => &[],
        }
    }
}
