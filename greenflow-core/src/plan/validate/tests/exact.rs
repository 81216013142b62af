//! What a plan says is what the journal keeps of it.

use std::time::Duration;

use super::each_is_found;

#[test]
fn nothing_is_finer_than_the_journal_keeps() {
    fn finer(duration: &mut Duration) {
        *duration += Duration::from_micros(1);
    }
    each_is_found(&[
        (
            |b| finer(&mut b.timing.poll),
            "timing.poll: 10.000001s is finer than a millisecond; round it",
        ),
        (|b| finer(&mut b.bake.duration), "bake.for: 1800.000001s is finer"),
        (|b| finer(&mut b.shift.steps[0].hold), "shift.steps[0].hold: 300.000001s is finer"),
        (|b| finer(&mut b.retain.at_least), "retain.at_least: 259200.000001s is finer"),
        (|b| finer(&mut b.watch.analysis.every), "watch.analysis.every: 1800.000001s is finer"),
    ]);
}
