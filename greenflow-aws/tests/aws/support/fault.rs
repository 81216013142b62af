//! What can go wrong with a call.

use std::time::Duration;

/// The operations that are called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Op {
    DescribeRules,
    DescribeListeners,
    ModifyRule,
    ModifyListener,
    DescribeTargetHealth,
    DescribeTargetGroups,
    DescribeTargetGroupAttributes,
    DescribeAccountLimits,
    DescribeServices,
    DescribeTaskDefinition,
    RegisterTaskDefinition,
    UpdateService,
    ListTasks,
    DescribeTasks,
    GetMetricData,
    DescribeAlarms,
    DescribeScalableTargets,
    RegisterScalableTarget,
    DescribeImages,
}

impl Op {
    /// The writes that matter.
    pub(crate) const WRITES: [Self; 3] =
        [Self::RegisterTaskDefinition, Self::UpdateService, Self::ModifyRule];
    /// All that a rollout through one rule calls.
    pub(crate) const ALL: [Self; 10] = [
        Self::RegisterTaskDefinition,
        Self::UpdateService,
        Self::ModifyRule,
        Self::RegisterScalableTarget,
        Self::DescribeScalableTargets,
        Self::DescribeRules,
        Self::DescribeTargetHealth,
        Self::DescribeServices,
        Self::DescribeTaskDefinition,
        Self::GetMetricData,
    ];

    pub(crate) const fn is_write(self) -> bool {
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

/// How a call goes wrong.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    /// `ThrottlingException`; no effect.
    Throttled,
    /// HTTP 500; no effect, which the caller cannot know.
    ServerError,
    /// No answer, no effect.
    LostBefore,
    /// No answer, the effect at once.
    LostAfter,
    /// No answer, the effect so much later.
    Late(Duration),
    /// `ExpiredTokenException`; no effect.
    Expired,
    /// `AccessDeniedException`; no effect.
    Denied,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Throttled,
        Self::ServerError,
        Self::LostBefore,
        Self::LostAfter,
        Self::Late(Duration::from_secs(90)),
        Self::Expired,
    ];
}

/// A fault: the calls of an operation, from the `after`th on, so many times.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Fault {
    pub(crate) op: Op,
    pub(crate) after: u64,
    pub(crate) times: u64,
    pub(crate) kind: Kind,
}

/// The controller dies at its `call`th call, before or after its effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crash {
    pub(crate) call: u64,
    pub(crate) after: bool,
}
