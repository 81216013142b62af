//! The bake's analysis watches the final checks, and the watch's the removal of blue, also in a plan
//! without a bake or a watch.

use std::time::Duration;

use super::{Breakage, each_is_found, problems, secs, step};
use crate::plan::{Limit, PlanBody};

fn without_bake(body: &mut PlanBody) {
    body.shift.steps = vec![step(10, 300), step(100, 300)];
    body.bake.duration = Duration::ZERO;
}

fn without_watch(body: &mut PlanBody) {
    body.watch.duration = Duration::ZERO;
    body.watch.reports.clear();
}

#[test]
fn a_plan_without_a_bake_or_a_watch_is_good() {
    let good: [Breakage; 2] = [without_bake, without_watch];
    for good in good {
        assert_eq!(problems(good), Vec::<String>::new());
    }
}

#[test]
fn their_analyses_keep_the_rules_all_the_same() {
    each_is_found(&[
        (
            |b| {
                without_bake(b);
                b.bake.analysis.limits.clear();
            },
            "bake.analysis.limits: is empty, so nothing would be judged",
        ),
        (
            |b| {
                without_bake(b);
                b.bake.analysis.limits = vec![Limit::error_rate_ppm(0)];
            },
            "bake.analysis.limits[0]: a limit of 0 % can never hold",
        ),
        (
            |b| {
                without_watch(b);
                b.watch.analysis.unknown_budget = Duration::MAX;
            },
            "watch.analysis.unknown_budget: ",
        ),
        (
            |b| {
                without_watch(b);
                b.watch.analysis.every = secs(0);
            },
            "watch.analysis.every: 0s is out of range",
        ),
    ]);
}
