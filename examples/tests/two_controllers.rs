//! The example `two_controllers`: never do two act, also when one of them was frozen.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../two_controllers.rs"]
mod two_controllers;

use std::ffi::OsString;

use greenflow_examples::process::{Launch, Task};

#[test]
#[ignore = "the controller that the other test starts"]
fn controller() {
    // Whoever runs the ignored tests by hand has no task for it.
    if let Some(task) = Task::of_this_process() {
        task.carry_out().unwrap();
    }
}

#[test]
fn a_frozen_controller_is_replaced_and_acts_no_more() {
    let launch = Launch::with(["controller", "--exact", "--ignored", "--nocapture"]);
    let arguments = ["two_controllers", "--rounds", "2", "--seed", "3", "--json"];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = two_controllers::run(arguments.map(OsString::from), &launch, &mut out, &mut err);
    let (out, err) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    assert_eq!(status, 0, "{out}{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let rounds = told["rounds"].as_array().unwrap();
    let controllers: Vec<_> = rounds.iter().map(|round| round["controllers"].as_u64()).collect();
    assert_eq!(controllers, [Some(2), Some(3)]);
    for round in rounds {
        assert!(!round["freezes"].as_array().unwrap().is_empty(), "{out}");
    }
}
