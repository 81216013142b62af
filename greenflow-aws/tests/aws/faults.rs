//! Every fault on every operation, singly; and reads that lag behind writes.

use std::time::Duration;

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan};
use crate::support::{Fault, Kind, Op};

#[test]
fn every_fault_of_every_operation_is_survived_on_the_way_on() {
    for op in Op::ALL {
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
    for op in Op::ALL {
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

/// Each pair of faults on the three writes that matter, one right after the other or on both.
#[test]
fn every_pair_of_faults_on_the_writes_is_survived() {
    for (first, op) in Op::WRITES.into_iter().enumerate() {
        for other in Op::WRITES.into_iter().skip(first) {
            for kind in Kind::ALL {
                for second in Kind::ALL {
                    let bench = Bench::new();
                    let after = u64::from(op == other);
                    bench.aws.now().faults.push(Fault { op, after: 0, times: 1, kind });
                    let fault = Fault { op: other, after, times: 1, kind: second };
                    bench.aws.now().faults.push(fault);
                    let what = format!("{kind:?} at {op:?}, {second:?} at {other:?}");
                    assert_eq!(
                        bench.run("r-1", short_plan("api", 'b')),
                        Ended::Completed,
                        "{what}"
                    );
                    bench.assert_ends(1, [0, TASKS], &what);
                    // The base, and one for each registration that was lost, and the one that runs.
                    let definitions = bench.aws.now().definitions.len();
                    assert!(definitions <= 4, "{what}: {definitions} revisions");
                }
            }
        }
    }
}

/// Why green's tasks stopped cannot be read: it is given up all the same.
#[test]
fn every_fault_at_reading_stopped_tasks_is_survived() {
    for kind in Kind::ALL {
        for op in [Op::ListTasks, Op::DescribeTasks] {
            let bench = Bench::new();
            bench.aws.now().dying.push("b".repeat(64));
            bench.aws.now().faults.push(Fault { op, after: 0, times: 3, kind });
            let what = format!("{kind:?} of {op:?}");
            assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::RolledBack, "{what}");
            bench.assert_ends(0, [TASKS, 0], &what);
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
