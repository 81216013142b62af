//! Every call to AWS that the adapter makes: the one list.

use std::fmt;

/// A call to AWS. What is not here is not called: the calls, the errors that name them, and the
/// permissions ([`Policy`](crate::Policy)) all come from this list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Reads rules and their weights.
    DescribeRules,
    /// Reads listeners and their default actions.
    DescribeListeners,
    /// Reads how target groups are set up.
    DescribeTargetGroups,
    /// Reads deregistration delay, slow start and stickiness.
    DescribeTargetGroupAttributes,
    /// Reads which targets are healthy.
    DescribeTargetHealth,
    /// Reads the quotas of load balancing.
    DescribeAccountLimits,
    /// Changes a rule's weights.
    ModifyRule,
    /// Changes a listener's weights.
    ModifyListener,
    /// Reads the two services.
    DescribeServices,
    /// Reads a revision.
    DescribeTaskDefinition,
    /// Lists a service's tasks.
    ListTasks,
    /// Reads why tasks stopped, and what they run.
    DescribeTasks,
    /// Registers a revision.
    RegisterTaskDefinition,
    /// Sets revision and number of tasks.
    UpdateService,
    /// Reads measurements.
    GetMetricData,
    /// Reads which alarms ring.
    DescribeAlarms,
    /// Reads what autoscaling may do.
    DescribeScalableTargets,
    /// Suspends autoscaling and restores it.
    RegisterScalableTarget,
    /// Looks an image up.
    DescribeImages,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::DescribeRules,
        Self::DescribeListeners,
        Self::DescribeTargetGroups,
        Self::DescribeTargetGroupAttributes,
        Self::DescribeTargetHealth,
        Self::DescribeAccountLimits,
        Self::ModifyRule,
        Self::ModifyListener,
        Self::DescribeServices,
        Self::DescribeTaskDefinition,
        Self::ListTasks,
        Self::DescribeTasks,
        Self::RegisterTaskDefinition,
        Self::UpdateService,
        Self::GetMetricData,
        Self::DescribeAlarms,
        Self::DescribeScalableTargets,
        Self::RegisterScalableTarget,
        Self::DescribeImages,
    ];

    /// Returns the permission that it needs, such as `ecs:UpdateService`.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::DescribeRules => "elasticloadbalancing:DescribeRules",
            Self::DescribeListeners => "elasticloadbalancing:DescribeListeners",
            Self::DescribeTargetGroups => "elasticloadbalancing:DescribeTargetGroups",
            Self::DescribeTargetGroupAttributes => {
                "elasticloadbalancing:DescribeTargetGroupAttributes"
            }
            Self::DescribeTargetHealth => "elasticloadbalancing:DescribeTargetHealth",
            Self::DescribeAccountLimits => "elasticloadbalancing:DescribeAccountLimits",
            Self::ModifyRule => "elasticloadbalancing:ModifyRule",
            Self::ModifyListener => "elasticloadbalancing:ModifyListener",
            Self::DescribeServices => "ecs:DescribeServices",
            Self::DescribeTaskDefinition => "ecs:DescribeTaskDefinition",
            Self::ListTasks => "ecs:ListTasks",
            Self::DescribeTasks => "ecs:DescribeTasks",
            Self::RegisterTaskDefinition => "ecs:RegisterTaskDefinition",
            Self::UpdateService => "ecs:UpdateService",
            Self::GetMetricData => "cloudwatch:GetMetricData",
            Self::DescribeAlarms => "cloudwatch:DescribeAlarms",
            Self::DescribeScalableTargets => "application-autoscaling:DescribeScalableTargets",
            Self::RegisterScalableTarget => "application-autoscaling:RegisterScalableTarget",
            Self::DescribeImages => "ecr:DescribeImages",
        }
    }

    /// Returns whether it changes anything.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::ModifyRule
                | Self::ModifyListener
                | Self::RegisterTaskDefinition
                | Self::UpdateService
                | Self::RegisterScalableTarget
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action())
    }
}
