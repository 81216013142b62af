//! Whole rollouts: on to green, back to blue, and on again with the slots swapped.

use std::time::Duration;

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, plan};
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

#[test]
fn a_green_that_never_starts_is_given_up_and_its_reasons_are_in_the_record() {
    let bench = Bench::new();
    bench.aws.now().dying.push("b".repeat(64));
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "given up");
    let entries = format!("{:?}", bench.entries("r-1"));
    assert!(entries.contains("CannotPullContainerError"), "why its tasks stopped is told");
    assert_eq!(bench.aws.counts()[&Op::ModifyRule], 1, "the cut, and nothing before it");
}

#[test]
fn calls_stay_under_one_a_second_while_waiting_and_four_a_poll_while_holding() {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", plan("api", 'b')), Ended::Completed);
    let shared = bench.aws.now();
    let first = |op| shared.calls.iter().find(|(_, called)| *called == op).unwrap().0;
    let within = |from: Duration, until: Duration| {
        shared.calls.iter().filter(|(at, _)| *at >= from && *at < until).count()
    };
    let (started, shifted) = (first(Op::UpdateService), first(Op::ModifyRule));
    let seconds = usize::try_from((shifted - started).as_secs()).unwrap();
    assert!(within(started, shifted) <= seconds, "{} in {seconds} s", within(started, shifted));
    // Each 10 s of the first hold.
    let hold = shifted + Duration::from_secs(60);
    for poll in 0..20 {
        let from = hold + Duration::from_secs(10 * poll);
        let calls = within(from, from + Duration::from_secs(10));
        assert!(calls <= 6, "{calls} calls in the 10 s from {from:?}");
    }
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
