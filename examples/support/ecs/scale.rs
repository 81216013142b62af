//! The same plan in a fraction of the time, for trying it out.

use std::num::NonZeroU32;
use std::time::Duration;

use greenflow_core::plan::{Analysis, Plan, PlanBody, PlanError};

/// By how much every wait is shortened.
pub type Scale = NonZeroU32;

/// Divides the holds of a plan, its bake, retention and watch, the time between samples and the
/// windows in which traffic is observed. Deadlines of calls and phases, how long a split may stay
/// unobserved, how long an assessment may take, the lease, and what people have time for stay as they
/// are: another process that goes on with the rollout comes after a lease of 15 s.
///
/// # Errors
/// [`PlanError`] when what remains breaks a rule, such as less than a second between samples.
pub fn scaled(plan: &Plan, scale: Scale) -> Result<Plan, PlanError> {
    if scale == Scale::MIN {
        return Ok(plan.clone());
    }
    let mut body = plan.body().clone();
    for duration in durations(&mut body) {
        let millis = duration.as_millis() / u128::from(scale.get());
        *duration = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    }
    Plan::from_body(body)
}

fn durations(body: &mut PlanBody) -> Vec<&mut Duration> {
    let mut found: Vec<&mut Duration> = Vec::new();
    found.extend(body.shift.steps.iter_mut().map(|step| &mut step.hold));
    let analyses = [&mut body.shift.analysis, &mut body.bake.analysis, &mut body.watch.analysis];
    for Analysis { every, unknown_budget, .. } in analyses {
        found.extend([every, unknown_budget]);
    }
    let timing = &mut body.timing;
    found.extend([
        &mut body.bake.duration,
        &mut body.retain.at_least,
        &mut body.watch.duration,
        &mut body.faults.remeasure_within,
        &mut timing.observe_every,
        &mut timing.quiet,
    ]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed_plan;

    #[test]
    fn waits_are_divided_and_deadlines_are_not() {
        let plan = seed_plan().unwrap();
        let fast = scaled(&plan, Scale::new(30).unwrap()).unwrap();
        let (plan, fast) = (plan.body(), fast.body());
        assert_eq!(fast.shift.steps[0].hold, Duration::from_secs(10));
        assert_eq!(fast.bake.duration, Duration::from_secs(60));
        assert_eq!(fast.timing.quiet, Duration::from_secs(2));
        assert_eq!(fast.timing.forward_write, plan.timing.forward_write);
        assert_eq!(fast.timing.poll, plan.timing.poll);
        assert_eq!(fast.timing.observe_timeout, plan.timing.observe_timeout);
        assert_eq!(fast.provision.deadline, plan.provision.deadline);
    }

    #[test]
    fn a_scale_that_leaves_nothing_is_refused() {
        let plan = seed_plan().unwrap();
        let error = scaled(&plan, Scale::new(100).unwrap()).unwrap_err();
        assert!(error.to_string().contains("shift.analysis.every"), "{error}");
    }
}
