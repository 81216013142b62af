//! Many rollouts in one process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use greenflow_aws::api::CloudWatchApi;
use greenflow_aws::{Account, Family, Metrics};
use greenflow_core::machine::Ended;
use greenflow_core::provider::Clock as _;
use greenflow_core::provider::layer::Rate;
use greenflow_core::value::WallTime;
use greenflow_mock::{Sim, SimClock};

use crate::support::run::{Bench, TASKS, patient_plan};
use crate::support::{Aws, Limit, Op};

/// What AWS allows an account and region.
fn limits() -> Vec<Limit> {
    use Op::*;
    vec![
        Limit::new(&[DescribeRules, DescribeListeners, DescribeTargetHealth], 10.0, 40.0),
        Limit::new(&[ModifyRule, ModifyListener], 3.0, 20.0),
        Limit::new(
            &[DescribeServices, DescribeTaskDefinition, ListTasks, DescribeTasks],
            20.0,
            50.0,
        ),
        Limit::new(&[UpdateService, RegisterTaskDefinition], 1.0, 20.0),
        Limit::new(&[GetMetricData, DescribeAlarms], 50.0, 50.0),
        Limit::new(&[DescribeScalableTargets, RegisterScalableTarget], 5.0, 20.0),
    ]
}

#[test]
fn forty_rollouts_stay_within_the_accounts_limits_and_none_starves() {
    let told = together(40, Duration::from_secs(2), Duration::from_secs(60));
    eprintln!("{told}");
}

/// The more there are, the less often each can be looked at.
#[test]
fn two_hundred_rollouts_stay_within_the_accounts_limits_and_none_starves() {
    let told = together(200, Duration::from_secs(5), Duration::from_secs(150));
    eprintln!("{told}");
}

/// Runs so many rollouts, begun this long after one another, each looking so often: nothing is
/// throttled, all complete, and none takes much longer than another. Returns the figures of the
/// README's table.
fn together(rollouts: usize, apart: Duration, poll: Duration) -> String {
    let began = Instant::now();
    let clock = SimClock::starting_at(WallTime::from_unix_millis(1_795_602_900_000));
    let aws = Aws::new(clock.clone());
    let account = Account::new(Arc::new(clock.clone()));
    // This process has the account to itself: nearly all of what AWS allows.
    account.limit(Family::Elbv2Reads, Rate::per_second(9).with_burst(30));
    let metrics = Metrics::new(Arc::new(aws.clone()) as Arc<dyn CloudWatchApi>);
    let benches: Vec<Bench> = (0..rollouts)
        .map(|index| {
            let (account, metrics) = (Arc::clone(&account), Arc::clone(&metrics));
            Bench::of(&format!("app{index:03}"), aws.clone(), account, metrics)
        })
        .collect();
    aws.now().limits = limits();
    let runs = benches.iter().zip(0..).map(|(bench, index)| {
        let clock = clock.clone();
        async move {
            clock.sleep_until(apart * index).await;
            let started = clock.monotonic();
            let ended = bench.drive(patient_plan(bench.app(), 'b', poll)).await;
            (ended, clock.monotonic() - started)
        }
    });
    let all = Sim::with_clock(clock.clone()).run(join_all(runs)).unwrap();
    let ended = all.iter().filter(|(ended, _)| *ended == Ended::Completed).count();
    assert_eq!(ended, rollouts, "{:?}", all.iter().map(|(ended, _)| ended).collect::<Vec<_>>());
    let lasting: Vec<Duration> = all.iter().map(|(_, lasting)| *lasting).collect();
    let (shortest, longest) = (lasting.iter().min().unwrap(), lasting.iter().max().unwrap());
    assert!(
        *longest < *shortest * 3 / 2,
        "the quickest took {shortest:?}, the slowest {longest:?}"
    );
    for limit in &aws.now().limits {
        assert_eq!(limit.refused, 0, "{:?} were refused by AWS", limit.ops);
    }
    for bench in &benches[..1] {
        bench.assert_ends(1, [0, TASKS], "one of many");
    }
    assert!(benches.iter().all(|bench| bench.weights()[0] == 0 && bench.weights()[1] > 0));
    let figures = figures(&aws, began.elapsed());
    format!("{rollouts} rollouts, each in {shortest:?} to {longest:?}\n{figures}")
}

fn figures(aws: &Aws, took: Duration) -> String {
    let mut lines = Vec::new();
    let calls = aws.now().calls.clone();
    for limit in &aws.now().limits {
        let mut minutes: BTreeMap<u64, u32> = BTreeMap::new();
        for (at, _) in calls.iter().filter(|(_, op)| limit.ops.contains(op)) {
            *minutes.entry(at.as_secs() / 60).or_default() += 1;
        }
        let (all, most) = (minutes.values().sum::<u32>(), minutes.values().max().unwrap_or(&0));
        let most = f64::from(*most) / 60.0;
        let ops = &limit.ops;
        lines.push(format!("  {ops:?}: {all} calls, at most {most:.1}/s over a minute"));
    }
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    lines.push(format!("  {} calls in {took:?} of true time, {memory}", calls.len()));
    lines.join("\n")
}
