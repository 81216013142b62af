//! Every clause that a contract has is checked, and no other.

use std::collections::BTreeSet;

use crate::judge::ThresholdJudge;
use crate::testkit::{
    check, clock, compute, health, hook, journal, judge, load_balancer, metrics, notifier,
};

/// Reads the ids out of a trait's documentation: `- **LB-1** ...`.
fn documented(source: &str) -> BTreeSet<&str> {
    source
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("/// - **")?.split_once("**"))
        .map(|(id, _)| id)
        .collect()
}

macro_rules! covers {
    ($($source:literal => $module:ident,)*) => {$({
        let checked: BTreeSet<&str> = $module::CLAUSES.iter().map(|clause| clause.id()).collect();
        let contract = documented(include_str!(concat!("../../provider/", $source)));
        assert!(!contract.is_empty(), $source);
        assert_eq!(contract, checked, $source);
    })*};
}

#[test]
fn every_clause_of_a_provider_is_checked() {
    covers! {
        "load_balancer.rs" => load_balancer,
        "compute.rs" => compute,
        "health.rs" => health,
        "metrics.rs" => metrics,
        "check.rs" => check,
        "hook.rs" => hook,
        "notifier.rs" => notifier,
        "journal.rs" => journal,
        "clock.rs" => clock,
    }
}

#[test]
fn every_clause_of_a_judge_is_checked_and_kept() {
    let report = judge::run_all("threshold", ThresholdJudge::new);
    report.assert_conformant();
    let checked: BTreeSet<&str> = report.clauses.iter().map(|clause| clause.id.as_str()).collect();
    assert_eq!(documented(include_str!("../../judge/judge_trait.rs")), checked);
}
