//! The fewest faults under which a guarantee still breaks.

use super::one::One;
use crate::Rehearsal;
use crate::swarm::Trouble;

/// Drops one fault after the other, for as long as `id` stays broken.
pub(super) fn shrink(
    rehearsal: &Rehearsal,
    troubles: &[Trouble],
    seed: u64,
    id: &str,
) -> Vec<Trouble> {
    let mut left = troubles.to_vec();
    let mut place = 0;
    let mut runs = 0;
    while place < left.len() && runs < MOST_RUNS {
        let mut fewer = left.clone();
        fewer.remove(place);
        runs += 1;
        if breaks(rehearsal, &fewer, seed, id) {
            // Whatever was kept so far may be needless without this one.
            left = fewer;
            place = 0;
        } else {
            place += 1;
        }
    }
    left
}

fn breaks(rehearsal: &Rehearsal, troubles: &[Trouble], seed: u64, id: &str) -> bool {
    let one = One::run(rehearsal, troubles, seed);
    one.violations.iter().any(|violation| violation.id == id)
}

/// How many runs one shrinking may take.
const MOST_RUNS: u32 = 300;
