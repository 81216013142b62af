//! Every fault on every operation, singly; and reads that lag behind writes.

use std::time::Duration;

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan};
use crate::support::{Fault, Kind, Op};

#[test]
fn every_fault_of_every_operation_is_survived_on_the_way_on() {
    for op in Op::WRITES.into_iter().chain(Op::READS) {
        for kind in Kind::ALL {
            for (after, times) in [(0, 1), (1, 2), (2, 1)] {
                let bench = Bench::new();
                bench.aws.now().faults.push(Fault { op, after, times, kind });
                let what = format!("{kind:?} at {op:?} after {after}, {times} times");
                assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{what}");
                bench.assert_ends(1, [0, TASKS], &what);
            }
        }
    }
}

#[test]
fn every_fault_of_every_operation_is_survived_on_the_way_back() {
    for op in Op::WRITES.into_iter().chain(Op::READS) {
        for kind in Kind::ALL {
            for (after, times) in [(0, 1), (2, 2)] {
                let bench = Bench::new();
                bench.aws.now().failing.push(("b".repeat(64), 50, 300));
                bench.aws.now().faults.push(Fault { op, after, times, kind });
                let what = format!("{kind:?} at {op:?} after {after}, {times} times");
                assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::RolledBack, "{what}");
                bench.assert_ends(0, [TASKS, 0], &what);
            }
        }
    }
}

#[test]
fn reads_that_lag_behind_writes_change_nothing() {
    for lag in [1, 5, 8] {
        let bench = Bench::new();
        bench.aws.now().stale = Duration::from_secs(lag);
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{lag} s");
        bench.assert_ends(1, [0, TASKS], &format!("reads lag {lag} s"));
    }
}

#[test]
fn the_cut_needs_the_load_balancer_alone() {
    let bench = Bench::new();
    bench.aws.now().failing.push(("b".repeat(64), 50, 300));
    // ECS is away from the second raise on, for a long while.
    let (kind, times) = (Kind::ServerError, 60);
    for (op, after) in [(Op::DescribeServices, 60), (Op::UpdateService, 1)] {
        bench.aws.now().faults.push(Fault { op, after, times, kind });
    }
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "back without ECS");
}
