//! A controller that dies before or after any of its calls, and another that takes over.

use greenflow_core::machine::Ended;

use crate::support::Crash;
use crate::support::run::{Bench, TASKS, sparse_plan};

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
