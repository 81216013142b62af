//! What becomes of a rollout whose journal is lost: what AWS shows is all that there is.

use greenflow_core::machine::Ended;

use crate::support::Crash;
use crate::support::run::{Bench, TASKS, short_plan};

/// The same rollout is started again on an empty journal. As long as all traffic is on blue it goes
/// on, with the revision that it finds by its tags; once traffic has moved it is refused and
/// nothing is written, for how long a split was held and what was measured is not to be had from
/// AWS. Then a person puts the weights back, and the next rollout goes through.
#[test]
fn a_lost_journal_ends_where_it_should_or_is_refused_with_nothing_written() {
    let (mut went_on, mut refused) = (0, 0);
    let mut call = 1;
    loop {
        let mut reached = false;
        for after in [false, true] {
            let mut bench = Bench::new();
            let crash = Crash { call, after };
            if !bench.run_until(&short_plan("api", 'b'), crash) {
                continue;
            }
            reached = true;
            bench.lose_journal();
            let (what, weights) = (format!("{crash:?}"), bench.weights());
            let writes = bench.writes();
            let ended = bench.run("r-1", short_plan("api", 'b'));
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
            if refused % 8 == 1 && bench.service(0).desired > 0 {
                bench.put_weights_back();
                assert_eq!(bench.run("r-2", short_plan("api", 'c')), Ended::Completed, "{what}");
                bench.assert_ends(1, [0, TASKS], &what);
            }
        }
        if !reached {
            break;
        }
        call += if call < 60 { 1 } else { 7 };
    }
    assert!(went_on > 20 && refused > 20, "{went_on} went on, {refused} were refused");
}
