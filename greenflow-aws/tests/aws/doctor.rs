//! What is not as a rollout needs it, all of it at once.

use std::sync::Arc;
use std::time::Duration;

use greenflow_aws::SiteCheck;
use greenflow_core::provider::{CheckOutcome, CheckReport, NoChecks};

use crate::support::run::Bench;
use crate::support::{Fault, Kind, Op};

fn look(bench: &Bench) -> CheckReport {
    let check = SiteCheck::new(bench.site(), Arc::new(NoChecks));
    bench.sim.run(check.look(Duration::from_secs(5))).unwrap()
}

#[test]
fn a_site_that_is_ready_passes() {
    let report = look(&Bench::new());
    assert_eq!(report.outcome, CheckOutcome::Passed, "{}", report.detail);
    assert!(report.cases.len() >= 15, "{:?}", report.cases);
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let bench = Bench::new();
    let idle = bench.slots()[1].target_group.clone();
    bench.aws.change(|state, _| {
        let actions = state.routes.get_mut(&bench.rule).unwrap();
        let groups = actions[0].forward_config.as_mut().unwrap().target_groups.as_mut().unwrap();
        groups.retain(|group| group.target_group_arn() != Some(&idle));
        state.services.get_mut(&bench.slots()[0].service).unwrap().group = "other".to_owned();
    });
    let fault = Fault { op: Op::DescribeTaskDefinition, after: 0, times: 1, kind: Kind::Denied };
    bench.aws.now().faults.push(fault);
    let report = look(&bench);
    assert_eq!(report.outcome, CheckOutcome::Failed);
    for part in [
        "must forward to both target groups",
        "api-a: target group: must register its tasks",
        "ecs:DescribeTaskDefinition failed on api: permission denied",
    ] {
        assert!(report.detail.contains(part), "{part} in {}", report.detail);
    }
}
