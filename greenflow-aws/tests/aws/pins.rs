//! Autoscaling is suspended and given back: whatever becomes of the calls, and whoever makes them.

use greenflow_aws::api::Suspension;
use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan};
use crate::support::{Crash, Fault, Kind, Op};

const FREE: Suspension = Suspension { scale_in: false, scale_out: false, scheduled: false };
const PINNED: Suspension = Suspension { scale_in: true, scale_out: false, scheduled: true };
const IDLE: Suspension = Suspension { scale_in: true, scale_out: true, scheduled: true };

/// Slot b serves, and slot a rests with all of its scaling suspended.
fn after_one() -> Bench {
    let bench = Bench::new();
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "the first");
    bench
}

fn fails(bench: &Bench) {
    bench.aws.now().failing.push(("c".repeat(64), 50, 300));
}

const ENDS: [(bool, Ended, usize, [u32; 2]); 2] =
    [(false, Ended::Completed, 0, [TASKS, 0]), (true, Ended::RolledBack, 1, [0, TASKS])];

#[test]
fn every_fault_of_the_second_rollout_leaves_the_slot_that_serves_free() {
    for (failing, ends, on, tasks) in ENDS {
        for kind in Kind::ALL {
            for after in 0..4 {
                let bench = after_one();
                if failing {
                    fails(&bench);
                }
                let op = Op::RegisterScalableTarget;
                let after = bench.aws.counts()[&op] + after;
                bench.aws.now().faults.push(Fault { op, after, times: 1, kind });
                let what = format!("{kind:?} after {after}, {ends:?}");
                assert_eq!(bench.run("r-2", short_plan("api", 'c')), ends, "{what}");
                bench.assert_ends(on, tasks, &what);
            }
        }
    }
}

#[test]
fn a_crash_of_the_second_rollout_leaves_the_slot_that_serves_free() {
    for (failing, ends, on, tasks) in ENDS {
        let clean = after_one();
        let before = clean.aws.now().calls.len();
        if failing {
            fails(&clean);
        }
        assert_eq!(clean.run("r-2", short_plan("api", 'c')), ends);
        let calls = clean.aws.now().calls[before..].to_vec();
        let writes = calls.iter().zip(1..).filter(|((_, op), _)| *op == Op::RegisterScalableTarget);
        let writes: Vec<u64> = writes.map(|(_, number)| number).collect();
        assert_eq!(writes.len(), 4, "blue's, green's, and each again in the end");
        for call in writes {
            for after in [false, true] {
                let bench = after_one();
                if failing {
                    fails(&bench);
                }
                let crash = Some(Crash { call, after });
                let (ended, crashed) = bench.run_through("r-2", short_plan("api", 'c'), crash);
                let what = format!("{crash:?}, {ends:?}");
                assert!(crashed, "{what}");
                assert_eq!(ended, ends, "{what}");
                bench.assert_ends(on, tasks, &what);
            }
        }
    }
}

/// In a first rollout green's scaling is free before, in the next ones all of it is suspended.
#[test]
fn green_loses_no_task_to_autoscaling_and_may_get_more() {
    let bench = after_one();
    assert_eq!(bench.run("r-2", short_plan("api", 'c')), Ended::Completed);
    for (slot, from, until) in [(1, "api:2", "api:3"), (0, "api:3", "never")] {
        let service = bench.slots()[slot].service.clone();
        let scalable = format!("service/shop/api-{}", ["a", "b"][slot]);
        let shared = bench.aws.now();
        let green = shared.history().iter().filter(|(_, state)| {
            let runs = |name: &str| {
                let mut services = state.services.values();
                services.any(|service| service.task_definition.ends_with(name))
            };
            runs(from) && !runs(until) && state.services[&service].desired > 0
        });
        let mut suspended: Vec<Suspension> =
            green.map(|(_, state)| state.scaling[&scalable]).collect();
        suspended.dedup();
        // The last is blue of the next one.
        let wanted: &[Suspension] =
            if slot == 1 { &[PINNED, FREE, PINNED] } else { &[PINNED, FREE] };
        assert_eq!(suspended, wanted, "slot {slot}");
    }
}

/// Green cannot be started, and blue is free again once nothing can wake green any more: reading
/// blue says that all of it is done.
#[test]
fn a_blue_that_stays_is_the_last_to_be_free() {
    let bench = after_one();
    let (op, after) = (Op::UpdateService, bench.aws.counts()[&Op::UpdateService]);
    bench.aws.now().faults.push(Fault { op, after, times: 9, kind: Kind::Denied });
    assert_eq!(bench.run("r-2", short_plan("api", 'c')), Ended::RolledBack);
    bench.assert_ends(1, [0, TASKS], "green was refused");
    let shared = bench.aws.now();
    let of = |slot: &str| {
        let name = format!("service/shop/api-{slot}");
        shared.history().iter().filter_map(move |(_, state)| state.scaling.get(&name).copied())
    };
    let mut both: Vec<(Suspension, Suspension)> = of("a").zip(of("b")).collect();
    both.dedup();
    let ends = [(PINNED, PINNED), (IDLE, PINNED), (IDLE, FREE)];
    assert_eq!(both[both.len() - 3..], ends);
}
