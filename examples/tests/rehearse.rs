//! The example `rehearse`: what it prints, and with which exit status.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../rehearse.rs"]
mod rehearse;

use std::ffi::OsString;
use std::path::Path;

/// Runs it; returns the exit status and both outputs.
fn run(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = ["rehearse"].iter().chain(arguments).map(OsString::from);
    let status = rehearse::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap_or_default();
    (status, text(out), text(err))
}

#[test]
fn a_plan_whose_way_back_breaks_its_budget_is_refused_before_any_run() {
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/slow-way-back.toml");
    let (status, out, err) = run(&[&plan.display().to_string(), "--runs", "5"]);
    assert_eq!((status, out.as_str()), (64, ""), "{err}");
    assert!(err.contains("budget"), "{err}");
}

#[test]
fn what_was_rehearsed_is_a_table_or_json() {
    let (status, out, err) = run(&["--runs", "4", "--faults", "none"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("completed") && out.contains("No guarantee was broken."), "{out}");
    let (status, out, _) = run(&["--runs", "4", "--faults", "none", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
    assert_eq!(
        (status, &report["runs"], &report["outcomes"]["completed"]),
        (0, &4.into(), &4.into())
    );
}

#[test]
fn each_class_has_its_turn_unless_somebody_says_how_many_runs() {
    let (status, out, err) = run(&["--faults", "seed", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
    let met = report["faults"].as_object().map(serde_json::Map::len);
    assert_eq!(
        (status, met.map(serde_json::Value::from)),
        (0, Some(report["runs"].clone())),
        "{err}"
    );
}

#[test]
fn a_planted_mistake_is_a_broken_guarantee_with_its_replay() {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/metrics-empty.toml");
    let world = world.display().to_string();
    let hunt = ["--runs", "1", "--faults", "none", "--world", &world];
    let (status, out, _) = run(&hunt);
    assert_eq!(status, 0, "{out}");
    let (status, out, _) = run(&[&hunt[..], &["--planted", "passes-over-the-empty"]].concat());
    assert_eq!(status, 1, "{out}");
    for part in ["S11 is broken by seed 1", "see it again: cargo run"] {
        assert!(out.contains(part), "{part:?} is not in\n{out}");
    }
}
