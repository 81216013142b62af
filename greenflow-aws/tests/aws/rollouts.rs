//! Whole rollouts: on to green, back to blue, and on again with the slots swapped.

use std::time::Duration;

use aws_sdk_ecs::types::ContainerDefinition;
use greenflow_aws::EcsCompute;
use greenflow_core::fact::{Entry, Fact, Move, RollbackKind};
use greenflow_core::machine::Ended;
use greenflow_core::plan::{Analysis, Limit};
use greenflow_core::provider::{CallContext, Compute as _, FenceToken};
use greenflow_core::value::RolloutId;

use crate::support::run::{Bench, IMAGE, TASKS, builder, calm_plan, plan, short_plan};
use crate::support::world::digest;
use crate::support::{Fault, Kind, Op};

#[test]
fn a_promoted_rollout_takes_six_writes_and_the_next_one_swaps_the_slots() {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::Completed);
    let counts = bench.aws.counts();
    // One more for the pin, one to take it back, one to keep the idle slot from being scaled.
    assert_eq!(counts[&Op::RegisterTaskDefinition], 1, "{counts:?}");
    assert_eq!((counts[&Op::UpdateService], counts[&Op::ModifyRule]), (2, 3), "{counts:?}");
    assert!(counts[&Op::RegisterScalableTarget] <= 4, "{counts:?}");
    assert_eq!(counts.keys().filter(|op| op.is_write()).count(), 4, "{counts:?}");
    bench.assert_ends(1, [0, TASKS], "promoted");
    let idle = &bench.aws.now().last().scaling["service/shop/api-a"].clone();
    assert!(idle.scale_in && idle.scale_out, "nothing lifts the idle slot again");
    let serving = &bench.aws.now().last().scaling["service/shop/api-b"].clone();
    assert!(!serving.scale_in && !serving.scale_out, "the serving slot is free again");

    assert_eq!(bench.run("r-2", plan("api", 'c')), Ended::Completed);
    bench.assert_ends(0, [TASKS, 0], "swapped");
    assert!(bench.service(0).task_definition.ends_with("api:3"));
}

#[test]
fn a_green_that_fails_at_half_of_the_traffic_is_rolled_back() {
    let bench = Bench::new();
    bench.aws.now().failing.push(("b".repeat(64), 50, 300));
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "rolled back");
    let counts = bench.aws.counts();
    assert_eq!((counts[&Op::UpdateService], counts[&Op::ModifyRule]), (2, 3), "{counts:?}");
    // The next one starts in the slot that was rolled back.
    assert_eq!(bench.run("r-2", plan("api", 'c')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "on again");
}

/// The balancer answers in its place, and counts that as its own.
#[test]
fn a_green_that_breaks_its_connections_is_rolled_back() {
    let bench = Bench::new();
    bench.aws.now().breaking.push(("b".repeat(64), 50, 300));
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "rolled back");
}

/// Nobody comes in each eighth minute, which is in most samples.
#[test]
fn a_service_that_is_quiet_for_a_minute_now_and_then_goes_on() {
    let bench = Bench::new();
    bench.aws.now().lull = Some(8);
    let analysis = Analysis::every(Duration::from_secs(600)).limit(Limit::error_rate_percent(1));
    let times = [1500, 1500, 1800, 3600].map(Duration::from_secs);
    let plan = builder("api", 'b', times).shift_analysis(analysis.clone()).bake_analysis(analysis);
    assert_eq!(bench.run("r-1", plan.build().unwrap()), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "now and then nobody came");
}

#[test]
fn a_green_that_never_starts_is_given_up_and_its_reasons_are_in_the_record() {
    let bench = Bench::new();
    bench.aws.now().dying.push("b".repeat(64));
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "given up");
    let entries = bench.entries("r-1");
    let back = entries.iter().find_map(|entry| {
        let Fact::Moved(Move::RollBack(reason)) = &entry.fact else { return None };
        Some((entry.at, reason))
    });
    let (at, reason) = back.unwrap();
    assert_eq!(reason.kind, RollbackKind::ProvisionFailed);
    assert!(reason.text.contains("ECS has given up after"), "{}", reason.text);
    assert!(reason.text.contains("CannotPullContainerError"), "{}", reason.text);
    // The tasks die after 30 s; the plan would wait for minutes.
    let provisioned = |entry: &&Entry| matches!(entry.fact, Fact::Moved(Move::Provision));
    let since = entries.iter().find(provisioned).unwrap().at;
    assert!(at.since(since) < Duration::from_secs(60), "{:?}", at.since(since));
    assert_eq!(bench.aws.counts()[&Op::ModifyRule], 1, "the cut, and nothing before it");
}

#[test]
fn calls_stay_under_one_a_second_while_waiting() {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::Completed);
    let (started, shifted) = (bench.first(Op::UpdateService), bench.first(Op::ModifyRule));
    let (calls, lasting) = (bench.calls_within(started, shifted), shifted - started);
    assert!(calls <= usize::try_from(lasting.as_secs()).unwrap(), "{calls} in {lasting:?}");
}

/// Rules, services, and the health of both target groups; a sample of the metrics is one more.
#[test]
fn a_poll_of_a_hold_takes_four_calls_and_a_step_seven() {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", calm_plan("api", 'b')), Ended::Completed);
    let seconds = Duration::from_secs;
    let steps = bench.aws.now().moves.clone();
    assert_eq!(steps.len(), 3);
    for moved in steps.iter().map(|step| step.at) {
        let calls = bench.calls_within(moved - seconds(2), moved + seconds(2));
        assert!(calls <= 7, "{calls} calls for the step at {moved:?}");
        // From the moment on when the requests have shown the split.
        let hold = moved + seconds(240);
        let shared = bench.aws.now();
        let samples = |at: &Duration| (hold..hold + seconds(300)).contains(at);
        let sampled =
            shared.calls.iter().filter(|(at, op)| samples(at) && *op == Op::GetMetricData);
        let sampled = sampled.count();
        let scaling = shared.calls.iter();
        let scaling = scaling.filter(|(at, op)| samples(at) && *op == Op::DescribeScalableTargets);
        let scaling = scaling.count();
        drop(shared);
        let calls = bench.calls_within(hold, hold + seconds(300)) - sampled - scaling;
        assert!(calls <= 4 * 10, "{calls} calls in ten polls after {moved:?}");
        assert!(sampled <= 3 && scaling <= 1, "{sampled} samples, {scaling} looks at scaling");
    }
}

/// Blue was deployed by a tag, and AWS runs a container of its own in each task.
#[test]
fn blue_runs_what_its_own_container_runs() {
    let bench = Bench::new();
    let compute = EcsCompute::new(bench.site());
    let blue = bench.slots()[0].service.clone();
    let container = ContainerDefinition::builder().name("web").image(format!("{IMAGE}:v6"));
    let containers = Some(vec![container.build()]);
    bench.aws.now().definitions[0].definition.container_definitions = containers;
    bench.aws.change(|state, _| {
        for task in &mut state.services.get_mut(&blue).unwrap().tasks {
            task.image = Some(format!("{IMAGE}@{}", digest('a')));
        }
    });
    let sides = bench.sim.run(compute.describe(&context("r-1"))).unwrap().unwrap();
    assert_eq!(sides.blue.digests, [digest('a')]);
}

/// Scaling to nothing is what removing means here, and tasks that drain for minutes serve nothing.
#[test]
fn a_side_without_wanted_tasks_has_nothing_left_to_remove() {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    let compute = EcsCompute::new(bench.site());
    let old = bench.slots()[0].service.clone();
    bench.aws.change(|state, now| {
        let service = state.services.get_mut(&old).unwrap();
        for task in &mut service.tasks {
            task.stops_at = Some(now + Duration::from_secs(300));
        }
        assert_eq!(service.describe(now).running, TASKS, "they drain");
    });
    let sides = bench.sim.run(compute.describe(&context("r-2"))).unwrap().unwrap();
    assert_eq!((sides.green.desired, sides.green.healthy), (0, 0));
    assert_eq!(sides.green.resources, []);
}

/// Which is blue in a rollout stays what it was; by name the first is not the oldest.
#[test]
fn a_site_forgets_the_oldest_of_its_rollouts() {
    let bench = Bench::new();
    let compute = EcsCompute::new(bench.site());
    let look = |name: &str| bench.sim.run(compute.describe(&context(name))).unwrap();
    look("z").unwrap();
    for number in 0..64 {
        look(&format!("a-{number:02}")).unwrap();
    }
    bench.put_weights([0, 100]);
    assert_eq!(look("a-00").unwrap().blue.desired, TASKS);
    look("z").unwrap_err();
}

fn context(name: &str) -> CallContext {
    let id = RolloutId::new(name).unwrap();
    CallContext::new(id, FenceToken::default(), Duration::from_secs(10))
}

#[test]
fn credentials_that_expire_in_mid_shift_hold_the_traffic_and_heal() {
    let bench = Bench::new();
    for op in [Op::ModifyRule, Op::GetMetricData, Op::DescribeRules] {
        let after = if op == Op::ModifyRule { 1 } else { 20 };
        bench.aws.now().faults.push(Fault { op, after, times: 6, kind: Kind::Expired });
    }
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "healed");
}
