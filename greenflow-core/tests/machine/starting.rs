//! The start: neither too late, nor with a green that is not the one to be released.

use std::time::Duration;

use greenflow_core::fact::{Fact, Scope, Write};
use greenflow_core::machine::{Action, Handled, PhaseName, Read};
use greenflow_core::plan::{ConfirmedBy, FreezeWindow, Plan, ProbeSpec, Role};
use greenflow_core::provider::CheckOutcome;
use greenflow_core::value::{Digest, Split, Verdict};

use super::journal::{Journal, now, phase, phase_of, plan_with};
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

#[test]
fn nothing_starts_inside_a_freeze_window() {
    let window = |from: Duration| FreezeWindow {
        name: "holidays".to_owned(),
        from: now(0).wall.after(from),
        until: now(0).wall.after(from + HOUR),
    };
    for (from, refused) in [(Duration::ZERO, true), (HOUR, false)] {
        let plan = plan_with(|body| {
            body.checklists.clear();
            body.start.freeze_windows = vec![window(from)];
        });
        let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
        stage.pass(MINUTE);
        assert_eq!(stage.phase() == PhaseName::Refused, refused, "{from:?}: {}", stage.phase());
    }
}

/// One that is due at no time of its own is due before anything is touched.
#[test]
fn nothing_is_touched_before_a_checklist_is_confirmed() {
    let mut stage = Stage::of(&phase("preflight"), Split::ALL_BLUE);
    stage.pass(10 * MINUTE);
    assert_eq!((stage.phase(), stage.begun().count()), (PhaseName::Preflight, 0));
    let item = "ready".to_owned();
    assert_eq!(stage.say(Action::Confirm { item }), Ok(Handled::Accepted));
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::AwaitingApproval);
}

#[test]
fn an_item_is_confirmed_by_whoever_the_plan_names() {
    for (role, accepted) in [("lead", true), ("qa", false)] {
        let plan = plan_with(|body| {
            let role = Role { role: role.parse().unwrap(), ..body.people.roles[0].clone() };
            body.checklists[0].items[0].confirmed_by = ConfirmedBy::Role(role.role.clone());
            if !body.people.roles.contains(&role) {
                body.people.roles.push(role);
            }
        });
        let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
        let item = "ready".to_owned();
        assert_eq!(stage.say(Action::Confirm { item }).is_ok(), accepted, "{role}");
    }
}

#[test]
fn an_item_that_a_check_confirms_is_open_until_it_has_passed() {
    let check = ConfirmedBy::Check("dns".parse().unwrap());
    let due = now(0).wall.after(HOUR);
    for due in [None, Some(due)] {
        for (outcome, leads_to, within) in [
            (CheckOutcome::Passed, PhaseName::AwaitingApproval, MINUTE),
            (CheckOutcome::Failed, PhaseName::Refused, HOUR),
        ] {
            let plan = plan_with(|body| {
                body.preflight.not_before = None;
                body.checklists[0].due = due;
                body.checklists[0].items[0].confirmed_by = check.clone();
            });
            let mut stage = Stage::set(&Journal::of(&plan), Split::ALL_BLUE, |stage| {
                (stage.checks, stage.outcome) = (false, outcome);
            });
            stage.pass(HOUR / 3);
            assert_eq!(stage.begun().count(), 0, "nothing is touched before it has passed");
            stage.checks = true;
            stage.end_checks();
            stage.pass(within);
            assert_eq!(stage.phase(), leads_to, "{due:?}, {outcome:?}");
        }
    }
}

#[test]
fn blue_is_pinned_before_green_is_made() {
    let stage = Stage::of(&phase_of(&timed(), "preflight"), Split::ALL_BLUE);
    let writes: Vec<_> = stage.begun().map(Write::name).collect();
    assert_eq!(writes, ["pin_blue", "provision"]);
}

/// Nobody waits an hour for what the platform does not try any more.
#[test]
fn a_green_that_was_given_up_leads_back_at_once() {
    let mut stage = Stage::set(&phase("provisioning"), Split::ALL_BLUE, |stage| {
        stage.sides.green.healthy = 0;
    });
    stage.pass(MINUTE);
    assert_eq!(stage.phase(), PhaseName::Provisioning);
    stage.sides.green.given_up = Some("the image does not exist".to_owned());
    stage.pass(MINUTE / 4);
    assert_eq!(stage.phase(), PhaseName::RollingBack);
}
