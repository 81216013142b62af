//! So many bad samples in a row fit into what is watched.

use super::{problems, secs};

#[test]
fn a_bad_sample_is_measured_again_before_the_next_is_due() {
    let found = problems(|b| {
        b.bake.analysis.every = secs(1750);
        b.bake.analysis.unknown_budget = secs(3600);
        b.bake.analysis.consecutive = 3;
    });
    let expected = "bake.for: 30m is too short for 3 bad samples in a row: the first comes after \
                    29m 10s, each further one 30s later; make it 30m 10s or longer, or lower \
                    bake.analysis.consecutive";
    assert_eq!(found, [expected]);
    let found = problems(|b| {
        b.bake.analysis.every = secs(1750);
        b.bake.analysis.unknown_budget = secs(3600);
    });
    assert_eq!(found, Vec::<String>::new());
}
