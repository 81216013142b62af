//! Several rules and listeners: moved in order, and all of them verified.

use std::time::Duration;

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan};
use crate::support::{Crash, Fault, Kind, Op};

#[test]
fn routes_are_moved_in_order_and_each_step_moves_all_of_them() {
    let bench = Bench::with_three_routes();
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "three routes");
    let moves = bench.aws.now().moves.clone();
    let order: Vec<&str> = moves.iter().map(|found| found.route.as_str()).collect();
    let once: Vec<&str> = bench.routes.iter().map(String::as_str).collect();
    assert_eq!(order, once.repeat(3), "in the order of the layout, each step once");
    for step in moves.chunks(3) {
        assert!(step.iter().all(|found| found.weights == step[0].weights), "{step:?}");
    }
}

/// A route that did not take the step is found by reading, and made to take it.
#[test]
fn a_fault_between_two_routes_leaves_them_in_agreement() {
    for (op, last) in [(Op::ModifyRule, 6), (Op::ModifyListener, 3)] {
        for kind in Kind::ALL {
            for after in 0..last {
                let bench = Bench::with_three_routes();
                bench.aws.now().faults.push(Fault { op, after, times: 1, kind });
                let what = format!("{kind:?} at {op:?} {after}");
                assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{what}");
                bench.assert_ends(1, [0, TASKS], &what);
            }
        }
    }
}

#[test]
fn every_fault_at_reading_a_listener_is_survived() {
    for kind in Kind::ALL {
        for (after, times) in [(0, 1), (2, 2), (30, 1)] {
            let bench = Bench::with_three_routes();
            let op = Op::DescribeListeners;
            bench.aws.now().faults.push(Fault { op, after, times, kind });
            let what = format!("{kind:?} at {op:?} after {after}, {times} times");
            assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{what}");
            bench.assert_ends(1, [0, TASKS], &what);
        }
    }
}

/// What a dead controller left half done is known as ours, and the other half follows: in every step,
/// and on the way back.
#[test]
fn a_crash_between_two_routes_goes_on() {
    for (routes, with) in
        [(2, Bench::with_two_routes as fn() -> Bench), (3, Bench::with_three_routes)]
    {
        for (failing, ends, on, tasks) in
            [(false, Ended::Completed, 1, [0, TASKS]), (true, Ended::RolledBack, 0, [TASKS, 0])]
        {
            let bench = || {
                let bench = with();
                if failing {
                    bench.aws.now().failing.push(("b".repeat(64), 50, 300));
                }
                bench
            };
            let clean = bench();
            assert_eq!(clean.run("r-1", short_plan("api", 'b')), ends);
            let calls = clean.aws.now().calls.clone();
            let writes = calls.iter().zip(1..).filter_map(|((_, op), number)| {
                matches!(op, Op::ModifyRule | Op::ModifyListener).then_some(number)
            });
            let writes: Vec<u64> = writes.collect();
            assert_eq!(writes.len(), 3 * routes, "three steps, or two and the cut");
            for (index, call) in writes.into_iter().enumerate() {
                for after in [false, true] {
                    let bench = bench();
                    let crash = Some(Crash { call, after });
                    let (ended, crashed) = bench.run_through("r-1", short_plan("api", 'b'), crash);
                    let what = format!("{routes} routes, write {index}, {crash:?}, {failing}");
                    assert!(crashed, "{what}");
                    assert_eq!(ended, ends, "{what}");
                    bench.assert_ends(on, tasks, &what);
                }
            }
        }
    }
}

#[test]
fn the_way_back_cuts_every_route() {
    for after in [0, 6, 7] {
        let bench = Bench::with_three_routes();
        bench.aws.now().failing.push(("b".repeat(64), 50, 300));
        let kind = Kind::Late(Duration::from_secs(60));
        bench.aws.now().faults.push(Fault { op: Op::ModifyRule, after, times: 1, kind });
        let ended = bench.run("r-1", short_plan("api", 'b'));
        assert_eq!(ended, Ended::RolledBack, "late after {after}");
        bench.assert_ends(0, [TASKS, 0], &format!("cut, late after {after}"));
    }
}

#[test]
fn routes_that_disagree_are_refused_and_nothing_is_written() {
    let bench = Bench::with_three_routes();
    bench.aws.change(|state, _| {
        let actions = state.routes.get_mut(&bench.routes[1]).unwrap();
        let groups = actions[0].forward_config.as_mut().unwrap();
        for (group, weight) in groups.target_groups.as_mut().unwrap().iter_mut().zip([50, 50]) {
            group.weight = Some(weight);
        }
    });
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Refused);
    assert!(!bench.aws.counts().keys().any(|op| op.is_write()));
}
