//! An assessment lasts until a breach can be confirmed.

use super::{Breakage, each_is_found, problems, secs};

#[test]
fn an_assessment_leaves_time_for_the_samples_that_confirm_a_breach() {
    each_is_found(&[
        (
            |b| b.faults.assess_within = secs(34),
            "faults.assess_within: 34s is too short to confirm a breach of shift.analysis: after \
             the first bad sample 1 more must come, one every 30s, and the last may take 5s to \
             read; write 35s or more, or lower shift.analysis.consecutive",
        ),
        (
            |b| b.bake.analysis.consecutive = 5,
            "faults.assess_within: 2m is too short to confirm a breach of bake.analysis: after the \
             first bad sample 4 more must come, one every 30s, and the last may take 5s to read; \
             write 2m 5s or more",
        ),
        // The watch's own half hours do not count: a bad sample is measured again sooner.
        (
            |b| b.watch.analysis.consecutive = 5,
            "faults.assess_within: 2m is too short to confirm a breach of watch.analysis: after \
             the first bad sample 4 more must come, one every 30s",
        ),
    ]);
    let enough: [Breakage; 4] = [
        |b| b.faults.assess_within = secs(35),
        |b| b.bake.analysis.consecutive = 4,
        |b| {
            b.bake.analysis.consecutive = 5;
            b.bake.analysis.every = secs(10);
        },
        |b| {
            for analysis in [&mut b.shift.analysis, &mut b.bake.analysis, &mut b.watch.analysis] {
                analysis.consecutive = 1;
            }
            b.faults.remeasure_within = secs(1);
            b.faults.assess_within = secs(1);
        },
    ];
    for (index, enough) in enough.iter().enumerate() {
        assert_eq!(problems(enough), Vec::<String>::new(), "case {index}");
    }
}
