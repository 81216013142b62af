//! Forty rollouts in one process.

use std::sync::Arc;
use std::time::Duration;

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

const ROLLOUTS: usize = 40;

/// What AWS allows an account and region.
fn limits() -> Vec<Limit> {
    use Op::*;
    vec![
        Limit::new(&[DescribeRules, DescribeListeners, DescribeTargetHealth], 10.0, 40.0),
        Limit::new(&[ModifyRule, ModifyListener], 3.0, 20.0),
        Limit::new(&[DescribeServices, DescribeTaskDefinition, DescribeTasks], 20.0, 50.0),
        Limit::new(&[UpdateService, RegisterTaskDefinition], 1.0, 20.0),
        Limit::new(&[GetMetricData, DescribeAlarms], 50.0, 50.0),
        Limit::new(&[DescribeScalableTargets, RegisterScalableTarget], 5.0, 20.0),
    ]
}

#[test]
fn forty_rollouts_stay_within_the_accounts_limits_and_none_starves() {
    let clock = SimClock::starting_at(WallTime::from_unix_millis(1_795_602_900_000));
    let aws = Aws::new(clock.clone());
    let account = Account::new(Arc::new(clock.clone()));
    // This process has the account to itself: nearly all of what AWS allows.
    account.limit(Family::Elbv2Reads, Rate::per_second(9).with_burst(30));
    let metrics = Metrics::new(Arc::new(aws.clone()) as Arc<dyn CloudWatchApi>);
    let benches: Vec<Bench> = (0..ROLLOUTS)
        .map(|index| {
            let (account, metrics) = (Arc::clone(&account), Arc::clone(&metrics));
            Bench::of(&format!("app{index:03}"), aws.clone(), account, metrics)
        })
        .collect();
    aws.now().limits = limits();
    let runs = benches.iter().enumerate().map(|(index, bench)| {
        let clock = clock.clone();
        async move {
            // One after the other, each two seconds.
            clock.sleep_until(Duration::from_secs(2 * index as u64)).await;
            let started = clock.monotonic();
            let ended = bench.drive(patient_plan(bench.app(), 'b')).await;
            (ended, clock.monotonic() - started)
        }
    });
    let all = Sim::with_clock(clock.clone()).run(join_all(runs)).unwrap();
    let ended = all.iter().filter(|(ended, _)| *ended == Ended::Completed).count();
    assert_eq!(ended, ROLLOUTS, "{:?}", all.iter().map(|(ended, _)| ended).collect::<Vec<_>>());
    let mut lasting: Vec<Duration> = all.iter().map(|(_, lasting)| *lasting).collect();
    lasting.sort();
    let (shortest, longest) = (lasting[0], lasting[ROLLOUTS - 1]);
    assert!(longest < shortest * 2, "the quickest took {shortest:?}, the slowest {longest:?}");
    for limit in &aws.now().limits {
        assert_eq!(limit.refused, 0, "{:?} were refused by AWS", limit.ops);
    }
    let calls = aws.now().calls.len();
    eprintln!("{calls} calls, {shortest:?} to {longest:?}, {:?}", aws.counts());
    for bench in &benches[..1] {
        bench.assert_ends(1, [0, TASKS], "one of many");
    }
    assert!(benches.iter().all(|bench| bench.weights()[0] == 0 && bench.weights()[1] > 0));
}
