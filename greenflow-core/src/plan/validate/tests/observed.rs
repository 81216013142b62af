//! The observation of a step lasts until the requests can show it.

use super::{each_is_found, problems, secs, shifting};
use crate::plan::PlanBody;

#[test]
fn the_requests_can_show_the_last_step() {
    fn quiet(body: &mut PlanBody, quiet: u64) {
        body.timing.quiet = secs(quiet);
        body.timing.observe_timeout = secs(7200);
    }
    each_is_found(&[
        (
            |b| b.timing.observe_timeout = secs(79),
            "timing.observe_timeout: 1m 19s is too short for the requests to show 100 %: that takes \
             timing.quiet and one interval (timing.observe_every); write 1m 20s or more",
        ),
        (
            |b| quiet(b, 64 * 20 + 1),
            "timing.quiet: 21m 21s can never be shown: at most 64 intervals are put together, here \
             of 20s; write 21m 20s or less",
        ),
        (
            |b| {
                quiet(b, 641);
                shifting(b).every = secs(10);
            },
            "timing.quiet: 10m 41s can never be shown: at most 64 intervals are put together, here \
             of 10s; write 10m 40s or less",
        ),
    ]);
    assert!(problems(|b| b.timing.observe_timeout = secs(80)).is_empty());
    assert!(problems(|b| quiet(b, 64 * 20)).is_empty());
    let trusted = problems(|b| {
        b.start.dangerous_trust_read_back = true;
        b.timing.quiet = secs(3600);
        b.timing.observe_timeout = secs(60);
    });
    assert_eq!(trusted, Vec::<String>::new());
}
