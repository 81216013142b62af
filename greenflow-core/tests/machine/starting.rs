//! The start: neither too late, nor with a green that is not the one to be released.

use std::time::Duration;

use greenflow_core::fact::{Fact, Scope};
use greenflow_core::machine::{PhaseName, Read};
use greenflow_core::plan::{Plan, ProbeSpec};
use greenflow_core::value::{Digest, Split, Verdict};

use super::journal::{Journal, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// A plan without checklists, whose time to start was a little after its journal begins.
fn timed() -> Plan {
    plan_with(|body| body.checklists.clear())
}

#[test]
fn a_start_that_is_hours_past_its_time_is_refused() {
    let start = timed().body().preflight.not_before.unwrap();
    for (late, refused) in [(MINUTE, false), (timed().body().start.grace + HOUR, true)] {
        let mut stage = Stage::set(&Journal::of(&timed()), Split::ALL_BLUE, |stage| {
            stage.now.wall = start.after(late);
        });
        stage.pass(MINUTE);
        assert_eq!(stage.phase() == PhaseName::Refused, refused, "{late:?}: {}", stage.phase());
    }
}

fn probed() -> Plan {
    plan_with(|body| {
        body.provision.probes = vec![ProbeSpec { name: "api".parse().unwrap(), successes: 3 }];
    })
}

#[test]
fn a_probe_that_reaches_another_revision_does_not_count() {
    let mut stage = Stage::set(&phase_of(&probed(), "provisioning"), Split::ALL_BLUE, |stage| {
        stage.reached = Digest::new(format!("sha256:{}", "b".repeat(64))).unwrap();
    });
    stage.pass(5 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Provisioning);
    stage.reached = super::journal::digest();
    stage.pass(5 * MINUTE);
    assert_ne!(stage.phase(), PhaseName::Provisioning);
}

#[test]
fn a_green_that_is_starting_is_waited_for_and_probed_beside() {
    let mut stage = Stage::set(&phase_of(&probed(), "provisioning"), Split::ALL_BLUE, |stage| {
        stage.sides.green.healthy = 0;
    });
    let probes = |stage: &Stage| stage.asked(|read| matches!(read, Read::Probe { .. }));
    stage.pass(MINUTE / 4);
    assert_eq!(probes(&stage), 2, "every ten seconds");
    stage.pass(2 * MINUTE);
    assert_eq!((stage.phase(), probes(&stage)), (PhaseName::Provisioning, 3));
    stage.sides.green.healthy = 6;
    stage.pass(MINUTE);
    assert_ne!(stage.phase(), PhaseName::Provisioning);
}

/// Green serves nobody yet: what is judged before anything is touched is blue.
#[test]
fn what_is_written_down_before_the_start_is_blue_s_health() {
    let mut stage = Stage::of(&phase_of(&timed(), "preflight"), Split::ALL_BLUE);
    stage.pass(10 * MINUTE);
    assert_ne!(stage.phase(), PhaseName::Preflight);
    let judged = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Judged(judged) => Some((judged.scope, judged.verdict)),
        _ => None,
    });
    assert_eq!(judged, Some((Scope::Preflight, Verdict::Healthy)));
}
