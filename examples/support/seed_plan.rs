//! The plan of `examples/plans/greenflow.toml`, in code.

use std::time::Duration;

use greenflow_core::plan::{
    Analysis, CheckSpec, Checklist, CriticalPolicy, Limit, OtherwisePolicy, Plan, PlanBuilder,
    PlanError, WaitPolicy,
};
use greenflow_core::value::{Digest, Revision};

/// Builds the same plan as the file `examples/plans/greenflow.toml`.
///
/// # Errors
/// None; the signature is what a host's own plan has.
pub fn seed_plan() -> Result<Plan, PlanError> {
    let digest = "sha256:7f3b8c5d2e9a41067c8d3f5be2a94c1d6078e5f3a2b1c0d9e8f7a6b5c4d3e2f1";
    let green = Revision::new("registry.example.com/greenflow-api", Digest::new(digest)?);
    let plan = Plan::builder("greenflow-api", green).zone("Asia/Seoul").day("2026-02-11");
    let plan = checklists(people(plan));
    let plan = before_traffic(plan);
    let plan = traffic(plan)?;
    after_traffic(plan)?
        .critical(CriticalPolicy::Decide(WaitPolicy::new(mins(2), OtherwisePolicy::RollBack)))
        .rollback_budget(mins(5))
        .build()
}

fn people(plan: PlanBuilder) -> PlanBuilder {
    EVERYBODY
        .into_iter()
        .fold(plan, PlanBuilder::role)
        .rollback_owner("deploy-lead")
        .channel("#greenflow-deployment")
}

fn checklists(plan: PlanBuilder) -> PlanBuilder {
    plan.checklist(
        Checklist::named("two days before")
            .due("2026-02-09 18:00")
            .item("All tests pass", "backend-lead")
            .item("A backup of the database is made", "db-lead")
            .item("The environment variables are checked", "backend-lead")
            .item("Everybody knows the time", "deploy-lead")
            .item("The dashboard is ready", "monitoring-lead"),
    )
    .checklist(
        Checklist::named("one day before")
            .due("2026-02-10 18:00")
            .item("Staging is checked a last time", "frontend-lead")
            .automatic("Production is healthy", "production-health")
            .item("The team has met", "deploy-lead")
            .item("The rollback procedure is reviewed", "backend-lead")
            .item("Everything is ready", "deploy-lead"),
    )
    .checklist(
        Checklist::named("on the day: gathering")
            .due("08:00")
            .item("Everybody has gathered", "deploy-lead"),
    )
    .checklist(
        Checklist::named("on the day: kick-off")
            .due("08:30")
            .item("The kick-off is held", "deploy-lead"),
    )
}

fn before_traffic(plan: PlanBuilder) -> PlanBuilder {
    let plan = [
        "image-in-registry",
        "secrets-present",
        "variables-present",
        "dns",
        "certificate",
        "database-backup",
        "migration-script",
    ]
    .into_iter()
    .fold(plan.preflight_at("08:00"), PlanBuilder::preflight_check);
    plan.provision_at("09:00")
        .provision_within(Duration::from_hours(1))
        .probe("api")
        .probe("database")
        .probe("cache")
        .verify_at("10:00")
        .suite(CheckSpec::named("e2e").case("login").case("data-query").case("api-calls"))
        .suite(
            CheckSpec::named("performance")
                .case("response-under-500ms")
                .case("throughput-over-100-per-second"),
        )
        .suite(CheckSpec::named("security").case("https").case("cors").case("security-headers"))
        .approval_at("10:30")
        .approval_by(EVERYBODY)
        .approval_expires(mins(30), OtherwisePolicy::RollBack)
}

fn traffic(plan: PlanBuilder) -> Result<PlanBuilder, PlanError> {
    let baking = Analysis::every(mins(5))
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(Duration::from_millis(500)))
        .limit(Limit::events_percent("error-tracker".parse()?, 1));
    Ok(plan
        // For every analysis without limits of its own: the shift and the long watch.
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(Duration::from_millis(500)))
        .shift_at("10:35")
        .step(10, mins(5))
        .step(50, mins(10))
        .step(100, Duration::ZERO)
        .shift_analysis(Analysis::every(Duration::from_secs(30)))
        .bake(mins(30))
        .bake_analysis(recording(baking)?))
}

fn after_traffic(plan: PlanBuilder) -> Result<PlanBuilder, PlanError> {
    Ok(plan
        .confirm_check("site")
        .confirm_check("health-url")
        .success_signal("The public site answers")
        .success_signal("The health URL answers")
        .success_signal("The error rate stayed below 1 %")
        .success_signal("At most 5 % of the requests took longer than 500 ms")
        .success_signal("No new kind of error in the error tracker")
        .acknowledge_by(EVERYBODY)
        .unacknowledged(WaitPolicy::new(mins(30), OtherwisePolicy::Proceed))
        .notify_customers()
        .watch_at("12:00")
        .watch(Duration::from_hours(7 * 24))
        .watch_analysis(recording(Analysis::every(mins(30)).min_requests(0))?)
        .daily_reports("18:00", 7)
        .retain(Duration::from_hours(72))
        .retain_until("2026-02-17 09:00")
        .remove_blue()
        .retire_check("final-check")
        .backup("blue-data"))
}

fn recording(analysis: Analysis) -> Result<Analysis, PlanError> {
    ["cpu", "memory", "database-connections", "user-activity"]
        .into_iter()
        .try_fold(analysis, |analysis, metric| Ok(analysis.record(metric.parse()?)))
}

const EVERYBODY: [&str; 5] =
    ["deploy-lead", "backend-lead", "frontend-lead", "db-lead", "monitoring-lead"];

const fn mins(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

#[cfg(test)]
mod tests {
    use greenflow_core::provider::{
        Capabilities, ComputeCapabilities, Fence, Granularity, LoadBalancerCapabilities,
        MetricCapabilities,
    };

    use super::*;

    #[test]
    fn the_file_says_the_same() {
        let file = Plan::from_toml(include_str!("../plans/greenflow.toml")).unwrap();
        let code = seed_plan().unwrap();
        assert_eq!(code.body(), file.body());
        assert_eq!(code.hash(), file.hash());
        assert_eq!(code, file);
    }

    #[test]
    fn the_way_back_fits_its_budget_where_writes_land_up_to_two_minutes_late() {
        let fence = Fence::Late { bound: mins(2) };
        let granularity = Granularity::Steps { basis_points: 100 };
        let times = seed_plan().unwrap().check(&Capabilities {
            load_balancer: LoadBalancerCapabilities { granularity, fence },
            compute: ComputeCapabilities { fence, pins: true },
            metrics: MetricCapabilities { shortest: Duration::from_secs(10), delay: mins(1) },
        });
        let times = times.unwrap();
        assert_eq!(times.cut_worst, Duration::from_secs(90));
        assert!(times.whole_nominal <= mins(5), "{times:?}");
    }

    #[test]
    fn the_blank_contacts_are_the_only_warnings() {
        let warnings: Vec<String> =
            seed_plan().unwrap().warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 5);
        assert_eq!(
            warnings[0],
            "people.roles[0]: deploy-lead has no name, phone, handle; fill in who it is"
        );
    }
}
