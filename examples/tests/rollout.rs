//! The rollout example as people run it.
#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

#[expect(dead_code, reason = "a test needs no main")]
#[path = "../rollout.rs"]
mod rollout;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use greenflow_core::record::{Record, RecordOutcome};

struct Ran {
    status: u8,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Ran {
    let arguments = ["rollout"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = rollout::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { status, out: text(out), err: text(err) }
}

fn example(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

/// Writes a file for one test.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn seed_plan() -> String {
    fs::read_to_string(example("plans/greenflow.toml")).unwrap()
}

/// Refused with 64, nothing on standard output, and each of these in the message.
fn refused(arguments: &[&str], says: &[&str]) {
    let ran = run(arguments);
    assert_eq!(ran.status, 64, "{arguments:?}: {}", ran.err);
    assert_eq!(ran.out, "", "{arguments:?}");
    for text in says {
        assert!(ran.err.contains(text), "{arguments:?}: {text:?} is not in {:?}", ran.err);
    }
}

/// The seed plan with one change.
fn refused_plan(name: &str, from: &str, to: &str, says: &[&str]) {
    let plan = seed_plan();
    assert!(plan.contains(from), "{from}");
    let path = file(&format!("{name}.plan.toml"), plan.replacen(from, to, 1));
    refused(&[&path], says);
}

#[test]
fn without_arguments_the_seed_plan_completes() {
    let ran = run(&[]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    for text in [
        "Wednesday 2026-02-11",
        "  08:00:00  ▶ preflight",
        "  10:35:00  ▶ shifting           step 1 of 3: green 10 % for 5m",
        "deploy-lead          approves the cut-over",
        "waits                the end of the shift hold",
        "seen in the requests",
        "healthy (bake): green error-rate 0 % (limit 1 %)",
        "Tuesday 2026-02-17",
        "▶ retiring",
        "■ completed",
        "outcome    completed: green serves",
        "0 failed, 0 harmed",
        "removed 2026-02-17",
    ] {
        assert!(ran.out.contains(text), "{text:?} is not in\n{}", ran.out);
    }
}

#[test]
fn json_is_the_record_alone() {
    let world = example("worlds/green-errors.toml");
    let ran = run(&["--json", "--world", &world, &example("plans/greenflow.toml")]);
    assert_eq!((ran.status, ran.err.as_str()), (2, ""));
    let record: Record = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(record.outcome, RecordOutcome::RolledBack);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for field in [
        "outcome",
        "started_at",
        "ended_at",
        "duration_seconds",
        "phases",
        "splits",
        "verdicts",
        "time_to_detect_seconds",
        "time_to_decide_seconds",
        "rollback",
        "requests",
        "approvals",
        "notices",
        "issues",
        "leftovers",
        "blue_removed_at",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert!(json["started_at"].as_str().unwrap().ends_with("+09:00"));
}

#[test]
fn the_exit_status_is_the_outcome() {
    for (world, status) in
        [("green-errors", 2), ("manual-weights", 3), ("checklist-open", 4), ("late-write", 0)]
    {
        let world_file = example(&format!("worlds/{world}.toml"));
        assert_eq!(run(&["--world", &world_file, "--seed", "3"]).status, status, "{world}");
    }
}

#[test]
fn a_stuck_rollout_says_what_people_must_do() {
    let ran = run(&["--world", &example("worlds/manual-weights.toml")]);
    assert!(ran.out.contains("■ stuck"), "{}", ran.out);
    assert!(ran.out.contains("outcome    stuck: "), "{}", ran.out);
}

#[test]
fn bad_arguments_are_bad_input() {
    refused(&["--unknown"], &["--unknown"]);
    refused(&["--seed", "many"], &["many"]);
    refused(&["--seed", "-1"], &["-1"]);
    refused(&["--world"], &["--world"]);
    let help = run(&["--help"]);
    assert_eq!((help.status, help.err.as_str()), (0, ""));
    assert!(help.out.contains("--world"));
}

#[test]
fn missing_files_and_folders_are_bad_input() {
    refused(&["no-such-plan.toml"], &["no-such-plan.toml"]);
    refused(&["--world", "no-such-world.toml"], &["no-such-world.toml"]);
    refused(&[&example("plans")], &["plans"]);
}

#[test]
fn random_bytes_are_bad_input() {
    let bytes: Vec<u8> =
        (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let path = file("random.toml", bytes);
    refused(&[&path], &["random.toml"]);
    refused(&["--world", &path], &["random.toml"]);
    refused(&[&file("empty.toml", "")], &["empty.toml"]);
}

#[test]
fn bad_plans_are_bad_input_with_the_place() {
    refused_plan("misspelt", "[provision]", "[provison]", &["misspelt.plan.toml:", "provison"]);
    refused_plan("unknown", "grace = \"1h\"", "grase = \"1h\"", &["grase"]);
    refused_plan("negative", "grace = \"1h\"", "grace = \"-1h\"", &["-1h", "negative"]);
    refused_plan("parsecs", "hold = \"5m\"", "hold = \"5 parsecs\"", &["5 parsecs"]);
    refused_plan("over", "green = \"100 %\"", "green = \"101 %\"", &["101"]);
    refused_plan("equal", "green = \"50 %\"", "green = \"10 %\"", &["steps[1]"]);
    refused_plan("blank", "remove_blue = true", "", &["remove_blue"]);
    let start = seed_plan().find("steps = [").unwrap();
    let end = seed_plan()[start..].find("]\n\n").unwrap();
    let steps = seed_plan()[start..start + end + 1].to_owned();
    refused_plan("empty-steps", &steps, "steps = []", &["steps"]);
}

#[test]
fn bad_worlds_are_bad_input_with_the_place() {
    for (name, text, says) in [
        ("side", "name = \"x\"\n[[change]]\nwhen = { elapsed = \"1h\" }\nside = \"red\"\n", "red"),
        ("key", "nam = \"x\"\n", "nam"),
        ("duration", "call_latency = \"5 parsecs\"\n", "parsecs"),
        ("share", "[green]\nerrors = \"130 %\"\n", "130"),
    ] {
        let path = file(&format!("{name}.world.toml"), text);
        refused(&["--world", &path], &[says, &format!("{name}.world.toml:")]);
    }
}

#[test]
fn a_plan_that_does_not_fit_the_world_is_bad_input() {
    let world = file("whole.world.toml", "[router]\nwhole_only = true\n");
    refused(&["--world", &world], &["does not fit"]);
}

#[test]
fn a_plan_of_another_day_brings_its_world_along() {
    let plan = seed_plan().replace("2026-02-", "2027-06-");
    let ran = run(&[&file("june.plan.toml", plan), "--json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("2027-06-11T10:35:00+09:00"));
}
