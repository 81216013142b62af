//! What is not as a rollout needs it, all of it at once.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, TargetGroupStickinessConfig, TargetGroupTuple,
};
use greenflow_aws::{Site, SiteCheck};
use greenflow_core::provider::{CheckOutcome, CheckReport, NoChecks};

use crate::support::run::{Bench, LB, TASKS};
use crate::support::state::State;
use crate::support::{Fault, Kind, Op};

fn look(bench: &Bench) -> CheckReport {
    let check = SiteCheck::new(bench.site(), Arc::new(NoChecks));
    let check = check.with_metrics(bench.shared_metrics());
    bench.sim.run(check.look(Duration::from_secs(5))).unwrap()
}

fn forward(groups: &[(&str, i32)]) -> Vec<Action> {
    let tuple = |(arn, weight): &(&str, i32)| {
        TargetGroupTuple::builder().target_group_arn(*arn).weight(*weight).build()
    };
    let config = ForwardActionConfig::builder()
        .set_target_groups(Some(groups.iter().map(tuple).collect()))
        .build();
    vec![Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build()]
}

/// A rule of the listener that the route is on, or of another one.
fn rule(listener: &str, rule: &str) -> String {
    format!("{LB}:listener-rule/app/api/50dc6c495c0c9188/{listener}/{rule}")
}

/// A bench with a preview rule for each slot.
fn bench() -> Bench {
    let bench = Bench::new();
    let slots = bench.slots();
    bench.aws.change(|state, _| {
        for (name, slot) in ["0a", "0b"].into_iter().zip(&slots) {
            state
                .routes
                .insert(rule("f2f7dc8efc522ab2", name), forward(&[(&slot.target_group, 1)]));
        }
    });
    bench
}

#[test]
fn a_site_that_is_ready_passes_without_advice() {
    let report = look(&bench());
    assert_eq!(report.outcome, CheckOutcome::Passed, "{}", report.detail);
    assert!(report.cases.len() >= 30, "{:?}", report.cases);
    assert!(!report.detail.contains("Advice"), "{}", report.detail);
    for write in ["elasticloadbalancing:ModifyRule", "ecs:UpdateService"] {
        assert!(report.detail.contains(write), "{write} was not tried: {}", report.detail);
    }
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

type Mistake = fn(&mut State, &Bench);

/// Each by itself, so that no mistake hides behind another.
#[test]
fn each_thing_that_is_wrong_is_found() {
    let wrong: [(Mistake, &str); 20] = [
        (
            |state, bench| service(state, bench).controller = "EXTERNAL".to_owned(),
            "must be ECS; a service with another one",
        ),
        (
            |state, bench| weigh(state, &bench.rule, [60, 40]),
            "9683b2d0: weights: all traffic must be on one of the two",
        ),
        (
            |state, bench| group(state, bench).protocol = "HTTPS".to_owned(),
            "groups: same protocol:",
        ),
        (
            |state, bench| group(state, bench).protocol_version = "GRPC".to_owned(),
            "groups: same protocol version",
        ),
        (
            |state, _| {
                let quota = "target-groups-per-action-on-application-load-balancer";
                state.limits.insert(quota.to_owned(), "1".to_owned());
            },
            "a rollout needs 2 and 1 are allowed",
        ),
        (
            |state, bench| drop(service(state, bench).tasks.pop()),
            "api-a: capacity: 4 tasks shall serve, 3 run and 3 are healthy",
        ),
        (
            |state, bench| service(state, bench).tasks[0].broken = true,
            "api-a: capacity: 4 tasks shall serve, 4 run and 3 are healthy",
        ),
        (
            |state, bench| service(state, bench).strategy = "BLUE_GREEN".to_owned(),
            "must be ROLLING",
        ),
        (|state, bench| service(state, bench).breaker = (false, false), "rollback off"),
        (|state, bench| service(state, bench).breaker = (true, true), "rollback off"),
        (|state, bench| service(state, bench).desired = TASKS + 1, "api-a: capacity: 5 tasks"),
        (|state, bench| group(state, bench).target_type = "instance".to_owned(), "must be ip"),
        (|state, bench| group(state, bench).vpc = "vpc-2".to_owned(), "same VPC"),
        (
            |state, bench| {
                let check = &mut group(state, bench).health_check;
                check.insert("path".to_owned(), "/".to_owned());
            },
            "api-a says path /health, api-b path /",
        ),
        (
            |state, bench| group(state, bench).load_balancers = vec!["other".to_owned()],
            "must be in use by the load balancer app/api/50dc6c495c0c9188",
        ),
        (
            |state, bench| attribute(state, bench, "stickiness.enabled", "true"),
            "target group api-b: stickiness: switch it off",
        ),
        (
            |state, bench| {
                let on = TargetGroupStickinessConfig::builder().enabled(true).build();
                let actions = state.routes.get_mut(&bench.rule).unwrap();
                let config = actions[0].forward_config.as_mut().unwrap();
                config.target_group_stickiness_config = Some(on);
            },
            "9683b2d0: stickiness: switch it off",
        ),
        (
            |state, _| {
                state.scaling.remove("service/shop/api-b").unwrap();
            },
            "register both or neither as scalable targets",
        ),
        (
            |state, _| {
                let quota = "targets-per-application-load-balancer";
                state.limits.insert(quota.to_owned(), "7".to_owned());
            },
            "a rollout needs 8 and 7 are allowed",
        ),
        (
            |state, bench| {
                let slots = bench.slots();
                let both = [(slots[0].target_group.as_str(), 1), (&slots[1].target_group, 1)];
                state.routes.insert(rule("another", "01"), forward(&both));
            },
            "sends traffic to the slots that a rollout would not move",
        ),
    ];
    let mut missed = Vec::new();
    for (change, expected) in wrong {
        let bench = bench();
        bench.aws.change(|state, _| change(state, &bench));
        let report = look(&bench);
        let failed = report.cases.iter().filter(|(_, outcome)| *outcome == CheckOutcome::Failed);
        let found = report.outcome == CheckOutcome::Failed
            && report.detail.contains(expected)
            && failed.count() == 1;
        if !found {
            missed.push(format!("{expected}: {}", report.detail));
        }
    }
    assert!(missed.is_empty(), "not found, or not alone: {missed:#?}");
}

/// With several routes, one that says otherwise is named, and that they differ.
#[test]
fn routes_that_do_not_agree_are_found() {
    let bench = Bench::with_two_routes();
    let second = bench.routes[1].clone();
    bench.aws.change(|state, _| weigh(state, &second, [0, 100]));
    let report = look(&bench);
    assert_eq!(report.outcome, CheckOutcome::Failed);
    let told = "routes agree: the rules and listeners must agree on which slot has the traffic";
    assert!(report.detail.contains(told), "{}", report.detail);
}

/// The base is looked at for the container that runs the image.
#[test]
fn a_base_without_the_container_is_found() {
    let bench = bench();
    let layout = bench.site().layout().clone().with_container("sidecar");
    let account = bench.account();
    let (elbv2, ecs) = (Arc::new(bench.aws.clone()), Arc::new(bench.aws.clone()));
    let site = Arc::new(Site::new(layout, account, elbv2, ecs));
    let check = SiteCheck::new(site, Arc::new(NoChecks));
    let report = bench.sim.run(check.look(Duration::from_secs(5))).unwrap();
    assert_eq!(report.outcome, CheckOutcome::Failed);
    assert!(report.detail.contains("it has no container sidecar"), "{}", report.detail);
}

/// All that comes in and is taken by no other rule goes to one slot, whatever the weights are.
#[test]
fn a_default_action_beside_the_route_is_no_preview() {
    let bench = bench();
    let listener = format!("{LB}:listener/app/api/50dc6c495c0c9188/f2f7dc8efc522ab2");
    let slot = bench.slots()[0].target_group.clone();
    bench.aws.change(|state, _| drop(state.routes.insert(listener, forward(&[(&slot, 1)]))));
    let report = look(&bench);
    assert_eq!(report.outcome, CheckOutcome::Failed, "{}", report.detail);
    assert!(report.detail.contains("f2f7dc8efc522ab2: preview"), "{}", report.detail);
}

/// It does not keep a rollout from starting.
#[test]
fn advice_is_told_and_fails_nothing() {
    let advised: [(Mistake, &str); 3] = [
        (
            |state, bench| attribute(state, bench, "deregistration_delay.timeout_seconds", "300"),
            "target group api-b: deregistration delay: 60 s or less",
        ),
        (
            |state, bench| attribute(state, bench, "slow_start.duration_seconds", "60"),
            "target group api-b: slow start: switch it off",
        ),
        (
            |state, _| drop(state.routes.remove(&rule("f2f7dc8efc522ab2", "0b"))),
            "preview rule: add a static rule",
        ),
    ];
    for (change, expected) in advised {
        let bench = bench();
        bench.aws.change(|state, _| change(state, &bench));
        let report = look(&bench);
        assert_eq!(report.outcome, CheckOutcome::Passed, "{expected}: {}", report.detail);
        let advice = report.detail.split("Advice: ").nth(1).unwrap_or_default();
        assert!(advice.contains(expected), "{expected} in {}", report.detail);
        let told = report.cases.iter().any(|(what, _)| what.contains("advice: "));
        assert!(told, "{:?}", report.cases);
    }
}

/// Every call that only reads is made, and one that is denied is told by its permission.
#[test]
fn each_permission_to_read_that_is_missing_is_named() {
    for (op, permission) in [
        (Op::DescribeRules, "elasticloadbalancing:DescribeRules"),
        (Op::DescribeListeners, "elasticloadbalancing:DescribeListeners"),
        (Op::DescribeTargetGroups, "elasticloadbalancing:DescribeTargetGroups"),
        (Op::DescribeTargetGroupAttributes, "elasticloadbalancing:DescribeTargetGroupAttributes"),
        (Op::DescribeTargetHealth, "elasticloadbalancing:DescribeTargetHealth"),
        (Op::DescribeAccountLimits, "elasticloadbalancing:DescribeAccountLimits"),
        (Op::DescribeServices, "ecs:DescribeServices"),
        (Op::DescribeTaskDefinition, "ecs:DescribeTaskDefinition"),
        (Op::ListTasks, "ecs:ListTasks"),
        (Op::DescribeTasks, "ecs:DescribeTasks"),
        (Op::DescribeScalableTargets, "application-autoscaling:DescribeScalableTargets"),
        (Op::GetMetricData, "cloudwatch:GetMetricData"),
    ] {
        let bench = bench();
        bench.aws.now().faults.push(Fault { op, after: 0, times: 9, kind: Kind::Denied });
        let report = look(&bench);
        assert_eq!(report.outcome, CheckOutcome::Failed, "{permission}");
        let told = format!("{permission} failed");
        assert!(report.detail.contains(&told), "{told} in {}", report.detail);
        assert_eq!(bench.writes(), 0, "a doctor only looks");
    }
}

/// Sets a route's weights, of slot a and slot b.
fn weigh(state: &mut State, route: &str, weights: [i32; 2]) {
    let actions = state.routes.get_mut(route).unwrap();
    let config = actions[0].forward_config.as_mut().unwrap();
    for (group, weight) in config.target_groups.as_mut().unwrap().iter_mut().zip(weights) {
        group.weight = Some(weight);
    }
}

/// The service of the slot that serves.
fn service<'a>(state: &'a mut State, bench: &Bench) -> &'a mut crate::support::state::Service {
    state.services.get_mut(&bench.slots()[0].service).unwrap()
}

/// The idle slot's group.
fn group<'a>(state: &'a mut State, bench: &Bench) -> &'a mut greenflow_aws::api::GroupState {
    state.groups.get_mut(&bench.slots()[1].target_group).unwrap()
}

fn attribute(state: &mut State, bench: &Bench, key: &str, value: &str) {
    let of_group = state.attributes.get_mut(&bench.slots()[1].target_group).unwrap();
    of_group.insert(key.to_owned(), value.to_owned());
}
