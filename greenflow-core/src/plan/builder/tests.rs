use std::time::Duration;

use super::super::{
    Analysis, CheckSpec, Checklist, Limit, OtherwisePolicy, Plan, PlanBody, PlanBuilder,
};
use crate::value::{Digest, Revision, WallTime};

pub(in crate::plan) fn revision(image: &str) -> Revision {
    Revision::new(image, Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap())
}

fn minimal() -> PlanBuilder {
    Plan::builder("api", revision("registry.example.com/api"))
        .step(10, Duration::from_mins(5))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(Duration::from_millis(500)))
        .keep_blue()
}

/// A plan with something in every section.
pub(in crate::plan) fn full() -> PlanBuilder {
    minimal()
        .zone("Asia/Seoul")
        .day("2026-02-11")
        .person("lead", ["Ann", "+82 10 0000 0000", "@ann"])
        .role("db")
        .rollback_owner("lead")
        .channel("#deploys")
        .checklist(
            Checklist::named("before")
                .due("2026-02-10 18:00")
                .item("tests pass", "lead")
                .item("backup made", "db"),
        )
        .checklist(Checklist::named("morning").due("08:00").automatic("healthy", "health"))
        .preflight_at("08:00")
        .preflight_check("dns")
        .preflight_check("certificate")
        .provision_at("09:00")
        .probe("api")
        .verify_at("10:00")
        .suite(CheckSpec::named("e2e").case("login"))
        .approval_at("10:30")
        .approval_by(["lead", "db"])
        .shift_at("10:35")
        .confirm_check("site")
        .success_signal("the site answers")
        .acknowledge_by(["lead"])
        .remove_blue()
        .retain(Duration::from_hours(72))
        .retain_until("2026-02-17 09:00")
        .watch_at("12:00")
        .watch(Duration::from_hours(72))
        .daily_reports("18:00", 3)
        .backup("data")
}

fn messages(builder: PlanBuilder) -> Vec<String> {
    builder.build().unwrap_err().problems().iter().map(ToString::to_string).collect()
}

#[test]
fn a_short_plan_is_a_whole_plan() {
    let plan = minimal().build().unwrap();
    assert_eq!(plan.body().bake.analysis.limits, plan.body().shift.analysis.limits);
    assert!(!plan.body().retire.remove_blue);
    assert_eq!(plan.body().retain.at_least, Duration::from_hours(72));
}

#[test]
fn times_are_resolved_in_the_zone_whatever_the_order() {
    let seoul = minimal().shift_at("10:35").day("2026-02-11").zone("Asia/Seoul").build().unwrap();
    let utc = minimal().day("2026-02-11").shift_at("01:35").build().unwrap();
    assert_eq!(seoul.body().shift.not_before, utc.body().shift.not_before);
    let wall = WallTime::from_unix_millis(1_770_773_700_000);
    let typed = minimal().shift_at(wall).build().unwrap();
    assert_eq!(typed.body().shift.not_before, Some(wall));
}

#[test]
fn what_deletes_must_be_said() {
    let mut blank = minimal();
    blank.remove_blue = None;
    assert_eq!(
        messages(blank),
        ["retire.remove_blue: is not said, and it has no default: write true to have blue's \
          resources removed after retention, or false to keep them"]
    );
    assert_eq!(
        messages(minimal().remove_blue()),
        ["retain.at_least: is not said, and blue is to be removed: write how long blue is kept \
          before that, such as \"72h\""]
    );
    assert!(minimal().remove_blue().retain(Duration::from_hours(1)).build().is_ok());
}

#[test]
fn all_problems_at_once_and_none_of_their_echoes() {
    let found = messages(
        Plan::builder("", revision("api"))
            .day("tomorrow")
            .role(" padded")
            .rollback_owner("padded")
            .step(150, Duration::from_mins(5))
            .step(100, Duration::ZERO)
            .shift_at("10:35")
            .preflight_check("")
            .timing(super::super::Timing { poll: Duration::ZERO, ..Default::default() }),
    );
    let paths: Vec<&str> = found.iter().filter_map(|found| found.split(':').next()).collect();
    assert_eq!(
        paths,
        [
            "service",
            "people.roles[0].role",
            "shift.steps[0].green",
            "preflight.checks[0].name",
            "retire.remove_blue",
            "day",
            "limits",
            "timing.poll",
        ],
        "{found:#?}"
    );
}

#[test]
fn shared_limits_are_reported_once() {
    let found = messages(minimal().watch(Duration::from_hours(24)).limit(Limit::error_rate_ppm(0)));
    assert_eq!(
        found,
        [
            "limits[2]: a limit of 0 % can never hold; write a share above 0",
            "limits[2]: limit \"error-rate (major)\" is there twice; remove or rename one",
        ]
    );
    let own = Analysis::every(Duration::from_secs(30)).limit(Limit::error_rate_ppm(0));
    let found = messages(minimal().bake_analysis(own));
    assert!(found[0].starts_with("bake.analysis.limits[0]: "), "{found:?}");
}

#[test]
fn an_approval_without_roles_is_a_slip() {
    for (builder, path) in [
        (minimal().approval_quorum(2), "approval.roles: is not said"),
        (minimal().approval_at("2026-02-11 10:30"), "approval.roles: is not said"),
        (
            minimal().approval_expires(Duration::from_mins(5), OtherwisePolicy::Stop),
            "approval.roles: is empty",
        ),
    ] {
        let found = messages(builder);
        assert!(found.len() == 1 && found[0].starts_with(path), "{found:?}");
    }
    assert_eq!(full().build().unwrap().body().approval.as_ref().unwrap().quorum, 2);
}

#[test]
fn unreadable_times_are_named_with_their_path() {
    let found = messages(
        full()
            .verify_at("25:00")
            .freeze("holiday", "soon", "2026-12-31 18:00")
            .checklist(Checklist::named("late").due("never").item("x", "db")),
    );
    let paths: Vec<&str> = found.iter().filter_map(|found| found.split(':').next()).collect();
    assert_eq!(
        paths,
        ["verify.not_before", "checklists[2].due", "start.freeze_windows[0].from"],
        "{found:#?}"
    );
}

#[test]
fn contacts_and_owner_that_are_missing_are_warnings() {
    let warnings = |builder: PlanBuilder| -> Vec<String> {
        builder.build().unwrap().warnings().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        warnings(full()),
        ["people.roles[1]: db has no name, phone, handle; fill in who it is"]
    );
    assert_eq!(
        warnings(minimal()),
        ["people.rollback_owner: nobody is named; waits and rollbacks have no owner to turn to"]
    );
}

#[test]
fn the_body_survives_json_and_comes_back_the_same_plan() {
    let plan = full().build().unwrap();
    let json = serde_json::to_string(plan.body()).unwrap();
    let body: PlanBody = serde_json::from_str(&json).unwrap();
    assert_eq!(Plan::from_body(body).unwrap(), plan);
}

/// Approvals and resumption rest on this: if it changes, running rollouts lose their plans.
#[test]
fn the_hash_is_stable() {
    assert_eq!(
        minimal().build().unwrap().hash().as_str(),
        "dd21551355ed8580254d180a383a752c6250eb36ef3570872ced496cf647550b"
    );
    let other = minimal().limit(Limit::p99(Duration::from_secs(2))).build().unwrap();
    assert_ne!(other.hash(), minimal().build().unwrap().hash());
}

#[test]
fn plans_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&minimal().build().unwrap());
}
