//! What a plan asks for in one place and makes impossible in another.

use super::{each_is_found, problems, secs};
use crate::plan::{FreezeWindow, PlanBody, ProbeSpec};
use crate::value::WallTime;

fn freeze(body: &mut PlanBody, from: WallTime, until: WallTime) {
    body.start.freeze_windows.push(FreezeWindow { name: "holiday".to_owned(), from, until });
}

#[test]
fn nothing_is_timed_to_begin_in_a_freeze_window() {
    each_is_found(&[
        (
            |b| {
                let begins = b.preflight.not_before.unwrap();
                freeze(b, begins, begins.after(secs(1800)));
            },
            "preflight.not_before: 2026-02-11 08:00 is in the freeze window \"holiday\", which ends \
             at 2026-02-11 08:30: the rollout would be refused; choose another time",
        ),
        (
            |b| {
                let begins = b.provision.not_before.unwrap();
                freeze(b, begins.before(secs(60)), begins.after(secs(60)));
            },
            "provision.not_before: 2026-02-11 09:00 is in the freeze window \"holiday\", which ends \
             at 2026-02-11 09:01: the rollout would be refused; choose another time",
        ),
    ]);
    let over = problems(|b| {
        let begins = b.preflight.not_before.unwrap();
        freeze(b, begins.before(secs(3600)), begins);
    });
    assert_eq!(over, Vec::<String>::new());
}

#[test]
fn what_precedes_a_removal_needs_one() {
    each_is_found(&[
        (
            |b| b.retire.remove_blue = false,
            "retire.backup: would never be run: it precedes the removal of blue, and \
             retire.remove_blue is false; remove it, or have blue removed",
        ),
        (
            |b| {
                b.retire.remove_blue = false;
                b.retire.backup = None;
                b.retire.checks = b.confirm.checks.clone();
            },
            "retire.checks: would never be run: it precedes the removal of blue",
        ),
    ]);
}

#[test]
fn probes_can_succeed_before_green_s_time_is_over() {
    fn probe(body: &mut PlanBody, successes: u32) {
        body.provision.probes = vec![ProbeSpec { name: "api".parse().unwrap(), successes }];
    }
    each_is_found(&[(
        |b| probe(b, 361),
        "provision.probes[0].successes: 361 in a row, one every 10s (timing.poll), take 1h, and \
         provision.deadline is 1h; write fewer, or allow more time",
    )]);
    assert_eq!(problems(|b| probe(b, 360)), Vec::<String>::new());
}
