//! The smallest case that still breaks the same guarantee.

use super::case::Case;
use super::drive::run;

/// Drops what can be dropped, one thing at a time, for as long as `id` stays broken.
pub(crate) fn shrink(case: &Case, id: &str) -> Case {
    let mut best = case.clone();
    let mut budget = MOST_RUNS;
    loop {
        let mut smaller = None;
        for next in simpler(&best) {
            if budget == 0 {
                return best;
            }
            budget -= 1;
            if run(&next, false).violations.iter().any(|violation| violation.id == id) {
                smaller = Some(next);
                break;
            }
        }
        match smaller {
            Some(next) => best = next,
            None => return best,
        }
    }
}

/// How many cases one shrinking may run.
const MOST_RUNS: u32 = 400;

/// Lists every case that is this one with one thing less.
fn simpler(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut next = case.clone();
        change(&mut next);
        if next != *case {
            all.push(next);
        }
    };
    for at in 0..case.troubles.len() {
        with(&|next| drop(next.troubles.remove(at)));
    }
    for at in 0..case.inputs.len() {
        with(&|next| {
            next.inputs.remove(at);
        });
    }
    for at in 0..case.kills.len() {
        with(&|next| {
            next.kills.remove(at);
        });
    }
    with(&|next| next.intruder = None);
    with(&|next| next.damage = None);
    for at in 0..case.crew.len().saturating_sub(1) {
        with(&|next| drop(next.crew.remove(at)));
        for kill in 0..case.crew[at].kills.len() {
            with(&|next| {
                next.crew[at].kills.remove(kill);
            });
        }
        for freeze in 0..case.crew[at].freezes.len() {
            with(&|next| {
                next.crew[at].freezes.remove(freeze);
            });
        }
    }
    for at in 0..case.crew.len() {
        with(&|next| (next.crew[at].rate, next.crew[at].wall, next.crew[at].up) = (0, 0, 0));
    }
    for at in 0..case.plan.steps.len().saturating_sub(1) {
        with(&|next| {
            next.plan.steps.remove(at);
        });
    }
    with(&|next| next.plan.approval = None);
    with(&|next| next.plan.acknowledge = None);
    with(&|next| next.plan.suites = 0);
    with(&|next| next.plan.preflight = 0);
    with(&|next| next.plan.probes = 0);
    with(&|next| next.plan.items = 0);
    with(&|next| next.plan.confirm = 0);
    with(&|next| next.plan.retire_check = false);
    with(&|next| next.plan.backup = false);
    with(&|next| next.plan.watch = 0);
    with(&|next| next.plan.p95_millis = None);
    with(&|next| next.plan.critical_at = None);
    with(&|next| next.plan.decide = None);
    with(&|next| next.plan.min_requests = 0);
    with(&|next| next.plan.minor = false);
    with(&|next| next.plan.trust = false);
    with(&|next| next.plan.unhealthy_blue = false);
    with(&|next| next.base.diligent = true);
    with(&|next| next.base.routes = 1);
    with(&|next| next.base.drain = 0);
    with(&|next| next.base.propagation = 0);
    with(&|next| next.base.fence = (0, 120));
    all
}
