//! Writes that land after their answer was given up, and answers that never come.

use std::time::Duration;

use greenflow_core::machine::Ended;

use crate::support::run::{Bench, TASKS, short_plan};
use crate::support::{Fault, Kind, Op};

/// The last raise but one times out at the caller and lands when the rollout has gone on: without
/// waiting it would bring traffic back to a blue that is stopped.
#[test]
fn a_weight_that_lands_late_never_ends_up_on_a_stopped_side() {
    for (after, by) in [(0, 3), (0, 100), (1, 3), (1, 60), (1, 115), (2, 3), (2, 115)] {
        let bench = Bench::new();
        let kind = Kind::Late(Duration::from_secs(by));
        bench.aws.now().faults.push(Fault { op: Op::ModifyRule, after, times: 1, kind });
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{after} {by}");
        bench.assert_ends(1, [0, TASKS], &format!("raise {after} is {by} s late"));
    }
}

/// Two service updates may be late: the one that starts green and the one that stops blue.
#[test]
fn a_service_update_that_lands_late_leaves_the_sides_as_they_should_be() {
    for (after, by) in [(0, 5), (0, 100), (1, 5), (1, 100)] {
        let bench = Bench::new();
        let kind = Kind::Late(Duration::from_secs(by));
        bench.aws.now().faults.push(Fault { op: Op::UpdateService, after, times: 1, kind });
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "{after} {by}");
        bench.assert_ends(1, [0, TASKS], &format!("update {after} is {by} s late"));
    }
}

#[test]
fn a_lost_answer_to_a_registration_runs_one_revision_and_no_duplicate() {
    let bench = Bench::new();
    let kind = Kind::LostAfter;
    bench.aws.now().faults.push(Fault { op: Op::RegisterTaskDefinition, after: 0, times: 1, kind });
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "registered once");
    assert_eq!(bench.aws.now().definitions.len(), 2, "the base, and one revision");
}

#[test]
fn a_lost_answer_to_an_update_is_found_out_by_reading() {
    let bench = Bench::new();
    let kind = Kind::LostAfter;
    bench.aws.now().faults.push(Fault { op: Op::UpdateService, after: 0, times: 1, kind });
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "updated");
    assert_eq!(bench.aws.counts()[&Op::UpdateService], 2, "not sent again");
}
