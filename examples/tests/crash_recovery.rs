//! The example `crash_recovery`: killed at any moment, a rollout ends as if nobody had.
#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../crash_recovery.rs"]
mod crash_recovery;

use std::ffi::OsString;

use greenflow_examples::process::{Launch, Task};

#[test]
#[ignore = "the controller that the other tests start"]
fn controller() {
    // Whoever runs the ignored tests by hand has no task for it.
    if let Some(task) = Task::of_this_process() {
        task.carry_out().unwrap();
    }
}

#[test]
fn killed_controllers_leave_the_end_of_an_undisturbed_rollout() {
    let (status, out, err) = run(&["--rounds", "4", "--seed", "7", "--json"]);
    assert_eq!(status, 0, "{out}{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let rounds = told["rounds"].as_array().unwrap();
    let outcomes: Vec<_> = rounds.iter().map(|round| round["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["completed", "completed", "rolled_back", "completed"]);
    let killed = |round: &serde_json::Value| round["kills"].as_array().unwrap().len();
    assert!(rounds.iter().map(killed).sum::<usize>() >= 4, "hardly anything was killed: {out}");
}

#[test]
fn a_directory_that_is_there_already_is_left_alone() {
    let there = std::env::temp_dir();
    let (status, out, err) = run(&["--keep", there.to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (64, ""));
    assert!(err.contains("name a new directory"), "{err}");
}

fn run(arguments: &[&str]) -> (u8, String, String) {
    let launch = Launch::with(["controller", "--exact", "--ignored", "--nocapture"]);
    let arguments = ["crash_recovery"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = crash_recovery::run(arguments, &launch, &mut out, &mut err);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}
