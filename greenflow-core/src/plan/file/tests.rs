mod limits;

use super::super::builder::tests::full;
use super::super::{Bound, CriticalPolicy, Plan, PlanError, Preset};

/// The shortest plan that is one; tests add to it.
const SHORT: &str = r#"
service = "api"
limits = [{ error_rate = "1 %" }]

[green]
image = "registry.example.com/api"
digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

[shift]
steps = [{ green = "10 %", hold = "5m" }, { green = 100 }]

[retire]
remove_blue = false
"#;

fn error(text: &str) -> PlanError {
    Plan::from_toml(text).unwrap_err()
}

/// Replaces one piece of the short plan and returns what is then wrong with it.
#[track_caller]
fn broken(from: &str, to: &str) -> String {
    assert!(SHORT.contains(from), "{from} is not in the plan");
    error(&SHORT.replacen(from, to, 1)).to_string()
}

#[track_caller]
fn with(addition: &str) -> String {
    error(&format!("{SHORT}{addition}")).to_string()
}

#[test]
fn a_short_plan_is_a_whole_plan() {
    let plan = Plan::from_toml(SHORT).unwrap();
    assert_eq!(plan.body().shift.steps.len(), 2);
    assert_eq!(plan.body().bake.analysis.limits.len(), 1);
}

#[test]
fn everything_wrong_is_reported_at_once_with_its_place() {
    let text = r#"service = "api"
zone = "Asia/Soul"
colour = "green"

[green]
image = "registry.example.com/api"
digest = "latest"

[people]
roles = [{ role = "lead" }]
rollback_owner = "leed"

[[checklists]]
name = "before"
items = [{ item = "tests pass" }, { item = "backup", role = "ghost" }]

[preflight]
dedline = "5m"
checks = ["dns", { name = "tls", deadline = "-5m" }]

[approval]
roles = ["lead"]
on_expiry = "rollback"

[shift]
steps = [
  { green = "10 %", hold = "5 parsecs" },
  { green = "150 %", hold = "5m" },
  { green = "100 %" },
]
[shift.analysis]
every = 30
limits = [
  { error_rate = "1 %", critical_at = 1 },
  { response_time = "500ms" },
  { p95 = "500ms", error_rate = "1 %" },
  { events = "1 %" },
]

[bake]
for = true

[retain]
at_least = "72h"
due = "tomorrow"

[faults]
critical = { decide_within = "2m" }

[timing]
quiet = "0s"
"#;
    let expected = r#"
plan.toml:2:8: zone: "Asia/Soul" is not a time zone; write an IANA name such as "Asia/Seoul"
plan.toml:3:1: colour: there is no such key; known here are service, zone, day, green, people, checklists, start, preflight, provision, verify, approval, limits, shift, bake, confirm, retain, retire, watch, faults, rollback, timing
plan.toml:7:10: green.digest: "latest" is not a digest; write sha256: and 64 lower-case hexadecimal digits
plan.toml:11:18: people.rollback_owner: there is no role "leed" under people.roles; the plan has lead
plan.toml:15:10: checklists[0].items[0]: needs either a `role` whose person confirms it or a `check` that does
plan.toml:18:1: preflight.dedline: there is no such key; did you mean `deadline`?
plan.toml:19:45: preflight.checks[1].deadline: "-5m" is negative; a duration is zero or more
plan.toml:23:13: approval.on_expiry: "rollback" is not known; did you mean "roll_back"?
plan.toml:27:28: shift.steps[0].hold: "5 parsecs" is not a duration; write it like "30s", "5m", "1h30m" or "7d"
plan.toml:28:13: shift.steps[1].green: "150 %" is no share of the whole; write 0 % to 100 %
plan.toml:32:9: shift.analysis.every: expected a duration in quotes, such as "5m", found a whole number
plan.toml:35:21: shift.analysis.limits[1].response_time: `response_time` does not say how many requests may be slower; write p95 = "500ms" for at most 5 %, or p99 for at most 1 %
plan.toml:36:3: shift.analysis.limits[2]: needs exactly one bound; write another limit for the other
plan.toml:37:3: shift.analysis.limits[3]: needs a `metric`, the name of the series that `events` bounds
plan.toml:41:7: bake.for: expected a duration in quotes, such as "5m", found true or false
plan.toml:45:7: retain.due: "tomorrow" is not a time; write "10:35" or "2026-02-11 10:35"
plan.toml:48:1: faults.critical.otherwise: is missing; write "roll_back" or "stop"
plan.toml:51:9: timing.quiet: 0s is out of range; write 1ms to 1h
plan.toml: retire.remove_blue: is not said, and it has no default: write true to have blue's resources removed after retention, or false to keep them
plan.toml: limits: is empty, so nothing would be judged; add at least an error rate"#;
    assert_eq!(format!("\n{}", error(text).in_file("plan.toml")), expected);
}

#[test]
fn bad_values_name_their_place() {
    for (from, to, expected) in [
        ("\"api\"", "\"\"", "2:11: service: service name \"\" is empty"),
        ("\"5m\"", "\"-5m\"", "10:35: shift.steps[0].hold: \"-5m\" is negative"),
        ("\"5m\"", "5", "10:35: shift.steps[0].hold: expected a duration in quotes"),
        ("\"10 %\"", "\"100.5 %\"", "10:20: shift.steps[0].green: \"100.5 %\" is no share"),
        ("\"10 %\"", "-1", "10:20: shift.steps[0].green: \"-1\" is no share"),
        ("\"10 %\"", "nan", "10:20: shift.steps[0].green: \"nan\" is not a share"),
        ("\"10 %\"", "[]", "10:20: shift.steps[0].green: expected a share"),
        ("\"10 %\"", "\"100 %\"", "10:54: shift.steps[1].green: 100 % is the weight of the step"),
        ("\"10 %\"", "0", "10:20: shift.steps[0].green: a step of 0 %"),
        (", { green = 100 }", "", "10:20: shift.steps[0].green: the last step is 10 %"),
        (", { green = 100 }", ", 100", "10:43: shift.steps[1]: expected a table, found a whole"),
        ("steps", "stepz", "10:1: shift.stepz: there is no such key; did you mean `steps`?"),
        ("remove_blue = false", "", "12:2: retire.remove_blue: is not said"),
        ("false", "\"no\"", "13:15: retire.remove_blue: expected true or false, found a text"),
        ("\"1 %\"", "0", "3:11: limits[0]: a limit of 0 % can never hold"),
        ("{ error_rate = \"1 %\" }", "{}", "3:11: limits[0]: needs exactly one bound"),
        ("error_rate", "eror_rate", "3:13: limits[0].eror_rate: there is no such key; did you"),
        ("error_rate = \"1 %\"", "p95 = \"fast\"", "3:19: limits[0].p95: \"fast\" is not"),
        ("error_rate = \"1 %\"", "latency = \"1s\"", "3:23: limits[0].latency: `latency` does"),
        ("[green]", "[geen]", "5:2: geen: there is no such key; did you mean `green`?"),
    ] {
        let message = broken(from, to);
        assert!(message.lines().any(|line| line.starts_with(expected)), "{expected}\n{message}");
    }
}

#[test]
fn a_preset_instead_of_steps() {
    let steps = r#"steps = [{ green = "10 %", hold = "5m" }, { green = 100 }]"#;
    for preset in Preset::all() {
        let text = SHORT.replacen(steps, &format!("preset = \"{preset}\""), 1);
        let plan = Plan::from_toml(&text).unwrap();
        assert_eq!(plan.body().shift.steps, preset.steps(), "{preset}");
    }
    let unknown = broken(steps, "preset = \"ecs-canery\"");
    assert!(unknown.starts_with("10:10: shift.preset: \"ecs-canery\" is not known"), "{unknown}");
    assert!(
        unknown.contains("ecs-canary, ecs-linear") && unknown.lines().count() == 1,
        "{unknown}"
    );
    let both = broken(steps, &format!("{steps}\npreset = \"seed\""));
    assert_eq!(both, "11:10: shift.preset: brings its own steps; write either it or `steps`");
    let number = broken(steps, "preset = 10");
    assert!(number.starts_with("10:10: shift.preset: expected a text"), "{number}");
}

#[test]
fn empty_steps_and_an_empty_file() {
    let empty = SHORT.replace("steps = [{ green = \"10 %\", hold = \"5m\" }, { green = 100 }]", "");
    let message = error(&empty).to_string();
    assert_eq!(message, "9:2: shift.steps: is empty; write at least one step, the last one 100 %");
    let message = error("").to_string();
    for expected in
        ["service: is missing", "green.image: is missing", "shift.steps: is empty", "remove_blue"]
    {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn text_that_is_not_toml_is_reported_alone() {
    let message = error("service = \n[green\nx = = 1").to_string();
    assert!(message.starts_with("1:"), "{message}");
    assert!(message.lines().all(|line| line.contains("this is not TOML")), "{message}");
    assert!(message.lines().count() > 1, "{message}");
    let twice = broken("service = \"api\"", "service = \"api\"\nservice = \"b\"");
    assert!(twice.starts_with("3:1: this is not TOML: duplicate key"), "{twice}");
}

#[test]
fn bytes_that_are_not_text() {
    let error = Plan::from_toml_bytes(b"service = \"\xff\"").unwrap_err();
    assert_eq!(error.to_string(), "1:12: this is not UTF-8 text");
    assert!(Plan::from_toml_bytes(SHORT.as_bytes()).is_ok());
}

#[test]
fn huge_and_deep_files_are_refused() {
    let huge = format!("# {}", "x".repeat(1024 * 1024));
    assert_eq!(error(&huge).to_string(), "is 1048578 bytes long; at most 1048576 are read");
    for deep in [
        format!("{}1", "a.".repeat(200_000)),
        format!("{}x = 1", "a.".repeat(200_000)),
        format!("[{}a]", "a.".repeat(200_000)),
        format!("a = {}", "[".repeat(500_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
        format!("[{}]\n{}", "k".repeat(500_000), "b=1\n".repeat(100)),
        (0..100_000).map(|index| format!("k{index} = 1\n")).collect(),
        format!("checklists = [{}]", "{},".repeat(100_000)),
        format!("watch = {{ reports = [{}] }}", "'10:35',".repeat(100_000)),
    ] {
        assert!(error(&deep).problems().len() <= 101);
    }
}

#[test]
fn every_form_of_limit() {
    let text = SHORT.replace(
        "limits = [{ error_rate = \"1 %\" }]",
        r#"limits = [
  { error_rate = 0.5, severity = "minor" },
  { p999 = "2s", severity = "critical" },
  { metric = "sentry", events = "1 %", critical_at = 5 },
  { metric = "cpu", gauge = 80.5 },
  { throughput = "100/s" },
  { metric = "throughput-low", throughput = 50 },
]"#,
    );
    let plan = Plan::from_toml(&text).unwrap();
    let limits = &plan.body().shift.analysis.limits;
    let bounds: Vec<&Bound> = limits.iter().map(|limit| &limit.bound).collect();
    assert_eq!(
        bounds,
        [
            &Bound::ErrorRate { below_ppm: 5000 },
            &Bound::SlowerThan { than: std::time::Duration::from_secs(2), over_ppm: 1000 },
            &Bound::Events { below_ppm: 10_000 },
            &Bound::Gauge { below_micros: 80_500_000 },
            &Bound::Throughput { at_least_per_kilosecond: 100_000 },
            &Bound::Throughput { at_least_per_kilosecond: 50_000 },
        ]
    );
    let names: Vec<&str> = limits.iter().map(|limit| limit.metric.as_str()).collect();
    assert_eq!(names, ["error-rate", "p999", "sentry", "cpu", "throughput", "throughput-low"]);
}

#[test]
fn tomls_own_dates_and_times_are_understood() {
    let addition = r#"
[preflight]
not_before = 2026-02-11T08:00:00+09:00
[provision]
not_before = 2026-02-11T00:00:00
[watch]
for = "7d"
reports = [2026-02-12 18:00:00, "2026-02-13 18:00"]
[faults]
critical = "cut"
"#;
    let plan = Plan::from_toml(&format!("{SHORT}{addition}")).unwrap();
    let body = plan.body();
    assert_eq!(body.preflight.not_before.unwrap().as_unix_millis(), 1_770_764_400_000);
    assert_eq!(body.watch.reports.len(), 2);
    assert_eq!(body.faults.critical, CriticalPolicy::Cut);
    assert!(with("[start]\ngrace = 10:00:00").contains("start.grace: expected a duration"));
}

#[test]
fn times_without_a_day_and_with_a_bad_one() {
    assert_eq!(
        with("[verify]\nnot_before = \"10:35\""),
        "15:14: verify.not_before: \"10:35\" has no day; write \"2026-02-11 10:35\", or give the \
         plan a `day`"
    );
    let bad_day = broken("service", "day = \"someday\"\nservice");
    assert_eq!(bad_day, "2:7: day: \"someday\" is not a day; write it like \"2026-02-11\"");
}

#[test]
fn an_inherited_wait_keeps_what_is_not_said() {
    let text = format!("{SHORT}[faults]\ndrift = {{ within = \"20m\" }}");
    let drift = Plan::from_toml(&text).unwrap().body().faults.drift.clone();
    assert_eq!(drift.within, std::time::Duration::from_mins(20));
    assert_eq!(drift.otherwise, full().build().unwrap().body().faults.drift.otherwise);
}

#[test]
fn warnings_have_their_place() {
    let text = format!("{SHORT}[[people.roles]]\nrole = \"lead\"");
    let plan = Plan::from_toml(&text).unwrap();
    let warnings: Vec<String> = plan.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings[0],
        "14:1: people.roles[0]: lead has no name, phone, handle; fill in who it is"
    );
}
