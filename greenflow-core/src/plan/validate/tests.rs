//! One broken rule at a time: each is found, at its path, and nothing else is.

mod always_used;
mod assessed;
mod contradictions;
mod exact;
mod in_a_row;
mod observed;
mod once;

use std::time::Duration;

use super::super::builder::tests::{full, revision};
use super::super::{
    Analysis, Bound, CheckSpec, ConfirmedBy, CriticalPolicy, FreezeWindow, Limit, OtherwisePolicy,
    Plan, PlanBody, ProbeSpec, Step, WaitPolicy,
};
use crate::value::{Severity, WallTime, Weight};

type Breakage = fn(&mut PlanBody);

fn problems(breakage: impl Fn(&mut PlanBody)) -> Vec<String> {
    let mut body = full().build().unwrap().body().clone();
    breakage(&mut body);
    match Plan::from_body(body) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn each_is_found(cases: &[(Breakage, &str)]) {
    for (index, (breakage, expected)) in cases.iter().enumerate() {
        let found = problems(breakage);
        assert!(
            found.len() == 1 && found[0].starts_with(expected),
            "case {index}, expected\n  {expected}\nfound\n  {}",
            found.join("\n  ")
        );
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn step(percent: u8, hold: u64) -> Step {
    Step { green: Weight::from_percent(percent).unwrap(), hold: secs(hold) }
}

fn shifting(body: &mut PlanBody) -> &mut Analysis {
    &mut body.shift.analysis
}

#[test]
fn the_full_plan_is_good() {
    assert_eq!(problems(|_| {}), Vec::<String>::new());
}

#[test]
fn names_and_people() {
    each_is_found(&[
        (|b| b.zone = "Mars/Base".into(), "zone: \"Mars/Base\" is not a time zone"),
        (|b| b.green.image = " ".into(), "green.image: is blank"),
        (|b| b.green.image = "api:latest".into(), "green.image: has a tag or digest"),
        (|b| b.green.image = "r:5000/api@sha256".into(), "green.image: has a tag or digest"),
        (|b| b.green.image = "my api".into(), "green.image: has a space"),
        (
            |b| b.people.roles.push(b.people.roles[0].clone()),
            "people.roles[2]: role \"lead\" is there twice; remove or rename one",
        ),
        (|b| b.people.roles[0].phone = "1".repeat(501), "people.roles[0].phone: is 501 characters"),
        (|b| b.people.roles[0].name = "a\nb".into(), "people.roles[0].name: has a control"),
        (|b| b.people.channel = Some(String::new()), "people.channel: is blank"),
        (
            |b| b.people.rollback_owner = Some("nobody".parse().unwrap()),
            "people.rollback_owner: there is no role \"nobody\" under people.roles; the plan has \
             lead, db",
        ),
        (
            |b| {
                for index in 0..64 {
                    let mut role = b.people.roles[0].clone();
                    role.role = format!("role {index}").parse().unwrap();
                    b.people.roles.push(role);
                }
            },
            "people.roles: has 66 entries; at most 64 are allowed",
        ),
    ]);
    let registry_with_port = problems(|b| b.green.image = "localhost:5000/api".into());
    assert!(registry_with_port.is_empty(), "{registry_with_port:?}");
}

#[test]
fn gates() {
    each_is_found(&[
        (|b| b.checklists[0].name = String::new(), "checklists[0].name: is blank"),
        (|b| b.checklists[1].items.clear(), "checklists[1].items: is empty"),
        (
            |b| b.checklists[1].items[0].item = b.checklists[0].items[0].item.clone(),
            "checklists[1].items[0]: item \"tests pass\" is there twice",
        ),
        (
            |b| {
                b.checklists[0].items[0].confirmed_by = ConfirmedBy::Role("ghost".parse().unwrap());
            },
            "checklists[0].items[0].role: there is no role \"ghost\"",
        ),
        (
            |b| b.checklists[0].due = b.shift.not_before,
            "checklists[0].due: 2026-02-11 10:35 is after green is provisioned (2026-02-11 09:00)",
        ),
        (
            |b| {
                for index in 0..15 {
                    let mut list = b.checklists[0].clone();
                    list.name = format!("list {index}");
                    list.items[0].item = format!("item {index}");
                    list.items.truncate(1);
                    b.checklists.push(list);
                }
            },
            "checklists: has 17 entries; at most 16",
        ),
        (
            |b| {
                let at = WallTime::from_unix_millis(0);
                let name = "holiday".to_owned();
                b.start.freeze_windows = vec![FreezeWindow { name, from: at, until: at }];
            },
            "start.freeze_windows[0]: ends at 1970-01-01 09:00, which is not after",
        ),
        (|b| b.start.grace = Duration::ZERO, "start.grace: 0s is out of range; write 1ms to 366d"),
        (|b| approval(b).quorum = 0, "approval.quorum: 0 of 2 roles can never agree; write 1 to 2"),
        (|b| approval(b).quorum = 3, "approval.quorum: 3 of 2 roles can never agree; write 1 to 2"),
        (|b| approval(b).roles.clear(), "approval.roles: is empty"),
        (|b| approval(b).expires_after = Duration::ZERO, "approval.expires_after: 0s"),
        (
            |b| approval(b).on_expiry = OtherwisePolicy::Proceed,
            "approval.on_expiry: an approval that nobody gave is none",
        ),
        (
            |b| approval(b).roles[1] = approval(b).roles[0].clone(),
            "approval.roles[1]: role \"lead\" is there twice",
        ),
    ]);
}

fn approval(body: &mut PlanBody) -> &mut super::super::Approval {
    body.approval.as_mut().unwrap()
}

#[test]
fn checks_and_probes() {
    each_is_found(&[
        (
            |b| b.preflight.checks[1] = b.preflight.checks[0].clone(),
            "preflight.checks[1]: check \"dns\" is there twice; remove or rename one",
        ),
        (|b| b.preflight.checks[0].deadline = days(2), "preflight.checks[0].deadline: 2d is out"),
        (|b| b.preflight.deadline = Duration::ZERO, "preflight.deadline: 0s is out of range"),
        (|b| b.verify.suites[0].cases.push("login".into()), "verify.suites[0].cases[1]: case"),
        (|b| b.verify.suites[0].cases[0] = " ".into(), "verify.suites[0].cases[0]: is blank"),
        (
            |b| {
                b.verify.suites = (0..65)
                    .map(|index| CheckSpec {
                        name: format!("suite {index}").parse().unwrap(),
                        cases: Vec::new(),
                        deadline: secs(1),
                    })
                    .collect();
            },
            "verify.suites: has 65 entries; at most 64",
        ),
        (
            |b| b.provision.deadline = days(2),
            "provision.deadline: 2d is out of range; write 1ms to 1d",
        ),
        (|b| b.provision.capacity = Some(0), "provision.capacity: 0 is out of range"),
        (|b| b.provision.probes[0].successes = 0, "provision.probes[0].successes: 0 is out"),
        (
            |b| {
                let probe: &ProbeSpec = &b.provision.probes[0];
                b.provision.probes.push(probe.clone());
            },
            "provision.probes[1]: probe \"api\" is there twice",
        ),
        (|b| b.confirm.success_signals.push(String::new()), "confirm.success_signals[1]: is blank"),
        (
            |b| b.confirm.acknowledge.push("ghost".parse().unwrap()),
            "confirm.acknowledge[1]: there is no role",
        ),
        (
            |b| b.confirm.unacknowledged.owner = Some("ghost".parse().unwrap()),
            "confirm.unacknowledged.owner: there is no role",
        ),
    ]);
}

#[test]
fn steps_and_holds() {
    each_is_found(&[
        (|b| b.shift.steps.clear(), "shift.steps: is empty"),
        (
            |b| b.shift.steps = vec![step(10, 60), step(10, 60), step(100, 0)],
            "shift.steps[1].green: 10 % is the weight of the step before; remove one",
        ),
        (
            |b| b.shift.steps = vec![step(50, 60), step(10, 60), step(100, 0)],
            "shift.steps[1].green: 10 % comes after 50 %; steps must rise",
        ),
        (
            |b| b.shift.steps = vec![step(0, 60), step(100, 0)],
            "shift.steps[0].green: a step of 0 % moves no traffic",
        ),
        (
            |b| b.shift.steps = vec![step(10, 60), step(50, 60)],
            "shift.steps[1].green: the last step is 50 %; it must be 100 %",
        ),
        (|b| b.shift.steps = vec![step(10, 0), step(100, 0)], "shift.steps[0].hold: has no length"),
        (
            |b| b.shift.steps = vec![step(10, 20), step(100, 0)],
            "shift.steps[0].hold: 20s is shorter than the time between two samples",
        ),
        (
            |b| b.shift.steps = vec![step(10, 40), step(100, 0)],
            "shift.steps[0].hold: 40s is too short for 2 bad samples in a row: the first comes \
             after 30s, each further one 30s later; make it 1m or longer, or lower",
        ),
        (
            |b| {
                b.shift.steps = (1..=65).map(|percent| step(percent, 60)).collect();
                b.shift.steps[64] = step(100, 0);
            },
            "shift.steps: has 65 entries; at most 64",
        ),
        (
            |b| b.shift.headroom_percent = 99,
            "shift.headroom_percent: 99 is out of range; write 100",
        ),
        (|b| b.shift.headroom_percent = 1001, "shift.headroom_percent: 1001 is out of range"),
        (|b| b.shift.max_extensions = 101, "shift.max_extensions: 101 is out of range; write 0"),
        (|b| b.bake.duration = Duration::ZERO, "bake.for: nobody would watch green at 100 %"),
        (|b| b.bake.duration = secs(20), "bake.for: 20s is shorter than the time between two"),
    ]);
}

#[test]
fn limits_that_can_never_hold_or_fire() {
    fn only(body: &mut PlanBody, limit: Limit) {
        shifting(body).limits = vec![limit];
    }
    each_is_found(&[
        (|b| shifting(b).limits.clear(), "shift.analysis.limits: is empty, so nothing would be"),
        (|b| only(b, Limit::error_rate_ppm(0)), "shift.analysis.limits[0]: a limit of 0 % can"),
        (
            |b| only(b, Limit::error_rate_percent(101)),
            "shift.analysis.limits[0]: a limit of 101 % can never fire",
        ),
        (
            |b| only(b, Limit::slower("p0".parse().unwrap(), secs(1), 1_000_000)),
            "shift.analysis.limits[0]: a limit of 100 % can never fire",
        ),
        (|b| only(b, Limit::p95(Duration::ZERO)), "shift.analysis.limits[0]: 0s is out of range"),
        (
            |b| only(b, Limit::events_percent("sentry".parse().unwrap(), 0)),
            "shift.analysis.limits[0]: a limit of 0 %",
        ),
        (
            |b| only(b, Limit::throughput_per_second(0)),
            "shift.analysis.limits[0]: a throughput of at least 0 always holds",
        ),
        (
            |b| only(b, Limit::throughput_per_second(1).critical_at(2)),
            "shift.analysis.limits[0].critical_at: is for bounds from above",
        ),
        (
            |b| only(b, Limit::gauge_micros("cpu".parse().unwrap(), 0).critical_at(2)),
            "shift.analysis.limits[0].critical_at: is a multiple of the bound",
        ),
        (
            |b| only(b, Limit::error_rate_percent(1).critical_at(1)),
            "shift.analysis.limits[0].critical_at: 1 times the bound",
        ),
        (
            |b| only(b, Limit::error_rate_percent(60).critical_at(2)),
            "shift.analysis.limits[0].critical_at: 2 times 60 % is more than all requests",
        ),
        (
            |b| only(b, Limit::error_rate_percent(1).severity(Severity::Critical).critical_at(2)),
            "shift.analysis.limits[0].critical_at: every breach of this limit is critical already",
        ),
        (
            |b| {
                let limit = shifting(b).limits[0].clone();
                shifting(b).limits.push(limit);
            },
            "shift.analysis.limits[2]: limit \"error-rate (major)\" is there twice",
        ),
        (
            |b| shifting(b).recorded = vec!["cpu".parse().unwrap(), "cpu".parse().unwrap()],
            "shift.analysis.recorded[1]: metric \"cpu\" is there twice",
        ),
        (
            |b| shifting(b).recorded = vec!["p95".parse().unwrap()],
            "shift.analysis.recorded[0]: \"p95\" has a limit, so it is recorded anyway",
        ),
        (|b| shifting(b).consecutive = 0, "shift.analysis.consecutive: 0 is out of range; write 1"),
        (
            |b| shifting(b).every = Duration::ZERO,
            "shift.analysis.every: 0s is out of range; write 1s",
        ),
        (
            |b| shifting(b).unknown_budget = secs(20),
            "shift.analysis.unknown_budget: 20s is shorter than one interval (30s)",
        ),
    ]);
    let minor_and_critical = problems(|b| {
        shifting(b).limits = vec![
            Limit::error_rate_percent(1).severity(Severity::Minor),
            Limit::error_rate_percent(5).severity(Severity::Critical),
            Limit::new("cold".parse().unwrap(), Bound::Gauge { below_micros: -1 }),
        ];
    });
    assert!(minor_and_critical.is_empty(), "{minor_and_critical:?}");
}

#[test]
fn keeping_removing_watching() {
    each_is_found(&[
        (|b| b.retain.at_least = Duration::ZERO, "retain.at_least: 0s would leave no way back"),
        (|b| b.retain.at_least = secs(60), "retain.at_least: 1m is shorter than the bake (30m)"),
        (|b| b.retain.at_least = days(400), "retain.at_least: 400d is out of range"),
        (|b| b.watch.duration = days(400), "watch.for: 400d is out of range"),
        (|b| b.watch.duration = Duration::ZERO, "watch.reports: there is no watch to report on"),
        (
            |b| b.watch.reports.swap(0, 1),
            "watch.reports[1]: 2026-02-11 18:00 does not come after 2026-02-12 18:00",
        ),
        (
            |b| {
                b.watch.reports =
                    (0..65).map(|hour| WallTime::from_unix_millis(hour * 3_600_000)).collect();
            },
            "watch.reports: has 65 entries; at most 64",
        ),
    ]);
}

#[test]
fn times_follow_the_phases() {
    fn earlier(at: &mut Option<WallTime>) {
        *at = at.map(|at| at.before(days(1)));
    }
    each_is_found(&[
        (
            |b| {
                b.checklists[1].due = None;
                b.provision.not_before = b.preflight.not_before.map(|at| at.before(secs(3600)));
            },
            "provision.not_before: 2026-02-11 07:00 is earlier than preflight.not_before \
             (2026-02-11 08:00); times must follow the order of the phases",
        ),
        (|b| earlier(&mut b.verify.not_before), "verify.not_before: 2026-02-10 10:00 is earlier"),
        (|b| earlier(&mut approval(b).not_before), "approval.not_before: 2026-02-10 10:30 is"),
        (|b| earlier(&mut b.shift.not_before), "shift.not_before: 2026-02-10 10:35 is earlier"),
        (|b| earlier(&mut b.watch.not_before), "watch.not_before: 2026-02-10 12:00 is earlier"),
        (
            |b| b.retain.due = b.preflight.not_before,
            "retain.due: 2026-02-11 08:00 is earlier than shift.not_before",
        ),
        (
            |b| b.retain.due = b.retain.due.map(|due| due.after(days(400))),
            "retain.due: 2027-03-24 09:00 is more than a year away",
        ),
    ]);
}

#[test]
fn faults_rollback_timing() {
    fn proceed(wait: &mut WaitPolicy) {
        wait.otherwise = OtherwisePolicy::Proceed;
    }
    each_is_found(&[
        (|b| b.faults.assess_within = days(1), "faults.assess_within: 1d is out of range"),
        (
            |b| b.faults.remeasure_within = secs(180),
            "faults.remeasure_within: 3m is longer than the assessment may take (2m)",
        ),
        (
            |b| {
                let wait = WaitPolicy::new(secs(120), OtherwisePolicy::Proceed);
                b.faults.critical = CriticalPolicy::Decide(wait);
            },
            "faults.critical.otherwise: going on without an answer is not safe here",
        ),
        (
            |b| {
                let wait = WaitPolicy::new(Duration::ZERO, OtherwisePolicy::Stop);
                b.faults.critical = CriticalPolicy::Decide(wait);
            },
            "faults.critical.decide_within: 0s is out of range",
        ),
        (|b| proceed(&mut b.faults.drift), "faults.drift.otherwise: going on"),
        (|b| proceed(&mut b.faults.stalled), "faults.stalled.otherwise: going on"),
        (|b| proceed(&mut b.faults.no_safe_side), "faults.no_safe_side.otherwise: going on"),
        (|b| b.faults.pause.within = Duration::ZERO, "faults.pause.within: 0s is out of range"),
        (|b| b.rollback.attempts = 0, "rollback.attempts: 0 is out of range; write 1 to 100"),
        (
            |b| b.rollback.budget = secs(60),
            "rollback.budget: 1m is too short: the cut takes up to 1m 30s (10 attempts of write \
             3s, read 2s and pause 4s)",
        ),
        (|b| b.timing.poll = Duration::ZERO, "timing.poll: 0s is out of range; write 1ms to 1h"),
        (
            |b| b.timing.observe_timeout = secs(10),
            "timing.observe_timeout: 10s is shorter than timing.observe_every (20s)",
        ),
        (
            |b| b.timing.forward_patience = secs(5),
            "timing.forward_patience: 5s is shorter than timing.forward_write (10s)",
        ),
    ]);
    assert!(problems(|b| proceed(&mut b.faults.pause)).is_empty());
}

#[test]
fn everything_is_reported_at_once() {
    let found = problems(|b| {
        b.zone = "Mars/Base".into();
        b.shift.steps.clear();
        b.timing.quiet = Duration::ZERO;
        b.green = revision("api:latest");
    });
    assert_eq!(found.len(), 4, "{found:?}");
}
