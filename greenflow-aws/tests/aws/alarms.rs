//! CloudWatch alarms: a rollout does not start while one rings, and goes back when one begins to.

use std::time::Duration;

use greenflow_core::machine::Ended;
use greenflow_core::plan::{Analysis, Limit, Plan};
use greenflow_core::value::MetricName;

use crate::support::run::{Bench, TASKS, builder};
use crate::support::{Fault, Kind, Op};

const ALARM: &str = "api-5xx";
/// Blue was measured, and green has been started.
const STARTING: u64 = 210;
/// In the hold at 10 %, some time after it began.
const IN_HOLD: u64 = 420;
/// Long after everything.
const NEVER: u64 = 20_000;

/// One service that this alarm watches.
fn watched() -> Bench {
    let mut bench = Bench::new();
    bench.alarms = vec![ALARM.to_owned()];
    set(&bench, "OK");
    bench
}

fn set(bench: &Bench, state: &str) {
    bench.aws.now().alarms.insert(ALARM.to_owned(), state.to_owned());
}

/// Lets the alarm be so from one moment on and well again from another.
fn shows(bench: &Bench, state: &'static str, [from, until]: [u64; 2]) {
    for (at, state) in [(from, state), (until, "OK")] {
        bench.aws.meddle([at, 60, at + 1], move |shared, _| {
            shared.alarms.insert(ALARM.to_owned(), state.to_owned());
        });
    }
}

/// The alarms are looked at before the start, on green, all along, and in the end.
fn plan() -> Plan {
    let name = MetricName::new("alarms").unwrap();
    let analysis = Analysis::every(Duration::from_secs(120))
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::gauge_micros(name, 1_000_000));
    builder("api", 'b', [240, 240, 240, 300].map(Duration::from_secs))
        .preflight_check("alarms")
        .suite("alarms")
        .confirm_check("alarms")
        .shift_analysis(analysis.clone())
        .bake_analysis(analysis)
        .build()
        .unwrap()
}

fn told(bench: &Bench) -> String {
    format!("{:?}", bench.entries("r-1"))
}

#[test]
fn an_alarm_that_is_quiet_changes_nothing() {
    let bench = watched();
    let ended = bench.run("r-1", plan());
    assert_eq!(ended, Ended::Completed, "{}", told(&bench));
    bench.assert_ends(1, [0, TASKS], "quiet");
    let counts = bench.aws.counts();
    // One for each sample, and the three checks.
    let most = counts[&Op::GetMetricData] + 3;
    assert!((4..=most).contains(&counts[&Op::DescribeAlarms]), "{counts:?}");
}

#[test]
fn a_rollout_does_not_start_while_one_rings_or_says_nothing() {
    for (state, why) in [
        (Some("ALARM"), "ringing: api-5xx"),
        (Some("INSUFFICIENT_DATA"), "without data or missing: api-5xx"),
        (None, "without data or missing: api-5xx"),
    ] {
        let bench = watched();
        match state {
            Some(state) => set(&bench, state),
            None => bench.aws.now().alarms.clear(),
        }
        assert_eq!(bench.run("r-1", plan()), Ended::Refused, "{state:?}");
        assert_eq!(bench.writes(), 0, "{state:?}");
        assert!(told(&bench).contains(why), "{state:?}: {why} is not told");
    }
}

#[test]
fn a_permission_that_is_missing_is_named_and_nothing_starts() {
    let bench = watched();
    let (op, kind) = (Op::DescribeAlarms, Kind::Denied);
    bench.aws.now().faults.push(Fault { op, after: 0, times: 1000, kind });
    assert_eq!(bench.run("r-1", plan()), Ended::Refused);
    assert_eq!(bench.writes(), 0);
    assert!(told(&bench).contains("cloudwatch:DescribeAlarms"));
}

#[test]
fn one_that_rings_while_green_starts_keeps_all_traffic_on_blue() {
    let bench = watched();
    shows(&bench, "ALARM", [STARTING, NEVER]);
    assert_eq!(bench.run("r-1", plan()), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "rang before the shift");
    let counts = bench.aws.counts();
    assert_eq!((counts[&Op::UpdateService], counts[&Op::ModifyRule]), (2, 1), "and the cut");
}

#[test]
fn one_that_begins_to_ring_in_a_step_goes_back() {
    let bench = watched();
    shows(&bench, "ALARM", [IN_HOLD, NEVER]);
    assert_eq!(bench.run("r-1", plan()), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "rang at 10 %");
    assert_eq!(bench.aws.counts()[&Op::ModifyRule], 2, "the first step and the cut");
    assert!(told(&bench).contains("green alarms 1"), "{}", told(&bench));
}

/// Silence is not success: for longer than the plan allows, an alarm that lost its data goes back.
#[test]
fn one_that_loses_its_data_for_too_long_goes_back() {
    for (until, ended) in [(IN_HOLD + 150, Ended::Completed), (NEVER, Ended::RolledBack)] {
        let bench = watched();
        shows(&bench, "INSUFFICIENT_DATA", [IN_HOLD, until]);
        assert_eq!(bench.run("r-1", plan()), ended, "until {until}");
        let (on, tasks) = if ended == Ended::Completed { (1, [0, TASKS]) } else { (0, [TASKS, 0]) };
        bench.assert_ends(on, tasks, &format!("without data until {until}"));
    }
}

/// The reads of the alarms fail like any other, and change nothing.
#[test]
fn every_fault_at_reading_the_alarms_is_survived() {
    for kind in Kind::ALL {
        for after in [0, 3] {
            let bench = watched();
            let op = Op::DescribeAlarms;
            bench.aws.now().faults.push(Fault { op, after, times: 1, kind });
            let what = format!("{kind:?} after {after}");
            assert_eq!(bench.run("r-1", plan()), Ended::Completed, "{what}");
            bench.assert_ends(1, [0, TASKS], &what);
        }
    }
}
