//! A controller that dies before or after any of its calls, and another that takes over.

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan, sparse_plan};
use crate::support::{Crash, Op};

/// Tries every call of a rollout, before it takes effect and after.
fn each_call(ends: Ended, on: usize, failing: bool, recalls: bool) {
    let tasks = if on == 1 { [0, TASKS] } else { [TASKS, 0] };
    let mut call = 1;
    loop {
        let mut reached = false;
        for after in [false, true] {
            let mut bench = Bench::new();
            bench.recalls = recalls;
            if failing {
                bench.aws.now().failing.push(("b".repeat(64), 50, 300));
            }
            let crash = Crash { call, after };
            let (ended, crashed) = bench.run_through("r-1", sparse_plan("api", 'b'), Some(crash));
            let what = format!("{crash:?}, recalls {recalls}");
            assert_eq!(ended, ends, "{what}");
            bench.assert_ends(on, tasks, &what);
            assert!(bench.aws.now().definitions.len() <= 3, "{what}");
            reached |= crashed;
        }
        if !reached {
            return;
        }
        call += 1;
    }
}

#[test]
fn a_crash_at_each_call_on_the_way_on_ends_on_green() {
    each_call(Ended::Completed, 1, false, true);
}

#[test]
fn a_crash_at_each_call_on_the_way_back_ends_on_blue() {
    each_call(Ended::RolledBack, 0, true, true);
}

/// Which slot is blue is found from the tags alone.
#[test]
fn a_crash_is_survived_without_the_journals_word_on_the_slots() {
    each_call(Ended::Completed, 1, false, false);
}

#[test]
fn a_crash_on_the_way_back_is_survived_without_the_journals_word_on_the_slots() {
    each_call(Ended::RolledBack, 0, true, false);
}

/// ECS replaces it within minutes. Whoever takes over finds green as it is, and not as it must be
/// before it gets traffic.
#[test]
fn a_green_that_lost_a_task_while_nobody_lived_goes_on() {
    let clean = Bench::new();
    assert_eq!(clean.run("r-1", short_plan("api", 'b')), Ended::Completed);
    let calls = clean.aws.now().calls.clone();
    let raises: Vec<usize> =
        (0..calls.len()).filter(|number| calls[*number].1 == Op::ModifyRule).collect();
    assert_eq!(raises.len(), 3);
    for (step, raise) in raises.into_iter().enumerate() {
        let bench = Bench::new();
        bench.aws.now().minimum = 2;
        // Well within the hold.
        let number = raise + 60;
        let died = calls[number].0.as_secs();
        let service = bench.slots()[1].service.clone();
        let of = service.clone();
        bench.aws.meddle([died + 5, 60, died + 6], move |shared, at| {
            shared.change(at, |state, _| drop(state.services.get_mut(&of).unwrap().tasks.pop()));
        });
        bench.aws.meddle([died + 80, 60, died + 81], move |shared, at| {
            shared.update_service(at, &service, None, TASKS);
        });
        let crash = Crash { call: number as u64 + 1, after: false };
        let (ended, crashed) = bench.run_through("r-1", short_plan("api", 'b'), Some(crash));
        assert!(crashed, "step {step}");
        assert_eq!(ended, Ended::Completed, "step {step}");
        bench.assert_ends(1, [0, TASKS], &format!("step {step}"));
    }
}
