//! What becomes of a rollout whose journal is lost: what AWS shows is all that there is.

use greenflow_core::machine::Ended;

use crate::support::Crash;
use crate::support::run::{Bench, TASKS, sparse_plan};

/// The same rollout is started again on an empty journal. As long as all traffic is on blue it goes
/// on, with the revision that it finds by its tags; once traffic has moved it is refused and
/// nothing is written, for how long a split was held and what was measured is not to be had from
/// AWS. Where green has all of the traffic the next rollout takes it for its blue and goes through;
/// where both have some, it does once a person has put the weights back.
#[test]
fn a_lost_journal_ends_where_it_should_or_is_refused_with_nothing_written() {
    let (mut went_on, mut refused, mut next, mut swapped) = (0, 0, 0, 0);
    let mut call = 1;
    loop {
        let mut reached = false;
        for after in [false, true] {
            let mut bench = Bench::new();
            let crash = Crash { call, after };
            if !bench.run_until(&sparse_plan("api", 'b'), crash) {
                continue;
            }
            reached = true;
            bench.lose_journal();
            let (what, weights) = (format!("{crash:?}"), bench.weights());
            let writes = bench.writes();
            let ended = bench.run("r-1", sparse_plan("api", 'b'));
            if weights == [100, 0] {
                went_on += 1;
                assert_eq!(ended, Ended::Completed, "{what}");
                bench.assert_ends(1, [0, TASKS], &what);
                let definitions = bench.aws.now().definitions.len();
                assert!(definitions <= 2, "{what}: {definitions} revisions");
                continue;
            }
            refused += 1;
            assert_eq!((ended, bench.writes()), (Ended::Refused, writes), "{what}");
            assert_eq!(bench.weights(), weights, "{what}: the traffic stays where it is");
            if refused % 8 != 1 {
                continue;
            }
            next += 1;
            let (on, tasks) = if weights[0] == 0 { (0, [TASKS, 0]) } else { (1, [0, TASKS]) };
            if on == 1 {
                bench.put_weights_back();
            }
            assert_eq!(bench.run("r-2", sparse_plan("api", 'c')), Ended::Completed, "{what}");
            bench.assert_ends(on, tasks, &format!("{what}, from {weights:?}"));
            swapped += u32::from(on == 0);
        }
        if !reached {
            break;
        }
        call += 1;
    }
    assert!(went_on > 20 && refused > 20, "{went_on} went on, {refused} were refused");
    assert!(swapped > 3 && next > swapped + 3, "{swapped} of {next} began where green was");
}
