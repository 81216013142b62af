//! The two ECS services and the base task definition.

use super::found::Case;
use crate::api::{ServiceState, TargetState, TaskDefinitionState};
use crate::layout::{Layout, Slot};

/// How a service is set up.
pub(super) fn service(slot: &Slot, service: &ServiceState) -> Vec<Case> {
    let case = |what: &str, holds: bool, remedy: &str| {
        Case::must(format!("{}: {what}", service.name), holds, remedy)
    };
    let (breaker, rolls_back) = service.circuit_breaker;
    vec![
        case(
            "deployment controller",
            service.controller == "ECS",
            "must be ECS; a service with another one has to be created anew",
        ),
        case(
            "deployment strategy",
            matches!(service.strategy.as_str(), "" | "ROLLING"),
            "must be ROLLING: ECS would divide the traffic itself otherwise",
        ),
        case(
            "circuit breaker",
            breaker && !rolls_back,
            "switch it on with rollback off: without it nobody says that green cannot start, with \
             rollback it would put the old revision back",
        ),
        case(
            "target group",
            service.target_groups == [slot.target_group.clone()],
            "must register its tasks with the target group of its slot, and with no other",
        ),
    ]
}

/// The slot that serves has what it shall have: green is made as large, and the way back leads
/// there.
pub(super) fn capacity(service: &ServiceState, targets: &[TargetState]) -> Case {
    let healthy = targets.iter().filter(|target| target.is_healthy()).count();
    let (desired, running) = (service.desired, service.running);
    let whole = desired > 0 && running == desired && healthy >= desired as usize;
    Case::must(
        format!("{}: capacity", service.name),
        whole,
        format!("{desired} tasks shall serve, {running} run and {healthy} are healthy"),
    )
}

pub(super) fn base(layout: &Layout, base: &TaskDefinitionState) -> Case {
    let container = layout.container.as_deref();
    let remedy = match container {
        Some(name) => format!("it has no container {name}"),
        None => "it has several containers: say which runs the image".to_owned(),
    };
    let what = format!("base task definition {}", base.arn());
    Case::must(what, base.image(container).is_some(), remedy)
}
