use std::time::Duration;

use greenflow_core::plan::{Limit, Plan};
use greenflow_core::value::{Digest, Revision};

use super::spread::Collector;
use super::{Sweep, SweepError, SweepReport};
use crate::WorldSpec;
use crate::swarm::Faults;

fn plan() -> Plan {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(10, Duration::from_secs(120))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .bake(Duration::from_secs(300))
        .keep_blue()
        .build()
        .unwrap()
}

fn sweep(faults: Faults) -> Sweep {
    Sweep::new(plan(), WorldSpec::healthy()).faults(faults).runs(20)
}

fn outcomes(report: &SweepReport) -> Vec<(&str, u64)> {
    report.outcomes.iter().map(|(name, count)| (name.as_str(), *count)).collect()
}

#[test]
fn without_faults_every_run_completes_and_harms_nobody() {
    let report = sweep(Faults::None).run().unwrap();
    assert_eq!(report.violations, []);
    assert_eq!(outcomes(&report), [("completed", 20)]);
    assert_eq!(report.harmed.unwrap().max, 0.0);
    assert_eq!((report.t_rb_seconds, report.worst), (None, None));
    assert!(report.provider_calls.unwrap().min > 10.0);
    // Each waits for the plan's bake at least.
    assert!(report.simulated_seconds > 20.0 * 300.0, "{}", report.simulated_seconds);
}

#[test]
fn what_comes_out_depends_on_the_seeds_alone() {
    let one = sweep(Faults::Swarm).jobs(1).run().unwrap();
    let three = sweep(Faults::Swarm).jobs(3).run().unwrap();
    assert_eq!(one, three);
    let others = sweep(Faults::Swarm).first_seed(1000).run().unwrap();
    assert_ne!(one.faults, others.faults);
}

#[test]
fn a_plan_that_cannot_keep_its_promise_is_refused_before_any_run() {
    let spec = WorldSpec::healthy();
    let slow = Plan::builder("api", plan().body().green.clone())
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .rollback_budget(Duration::from_secs(100))
        .keep_blue()
        .build();
    let sweep = match slow {
        Ok(plan) => Sweep::new(plan, spec).on_progress(|_| panic!("nothing may run")),
        Err(error) => panic!("the plan alone is sound: {error}"),
    };
    let Err(SweepError::Plan(error)) = sweep.run() else { panic!("it was run") };
    assert!(error.to_string().contains("budget"), "{error}");
}

#[test]
fn a_spread_keeps_three_digits_and_merges() {
    let (mut low, mut high) = (Collector::of_spans(), Collector::of_spans());
    assert_eq!(low.spread(), None);
    (1..=500).for_each(|second| low.add_span(Duration::from_secs(second)));
    (501..=1000).for_each(|second| high.add_span(Duration::from_secs(second)));
    low.merge(&high);
    let spread = low.spread().unwrap();
    assert_eq!(spread.count, 1000);
    for (seen, wanted) in
        [(spread.min, 1.0), (spread.p50, 500.0), (spread.p99, 990.0), (spread.max, 1000.0)]
    {
        assert!((seen / wanted - 1.0).abs() < 0.002, "{seen} is not {wanted}");
    }
}
