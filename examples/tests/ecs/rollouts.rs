//! Whole rollouts: forward, back, forward again; with how many calls.

use std::collections::BTreeMap;

use greenflow_core::record::RecordOutcome;
use greenflow_examples::ecs::Wish;
use serde_json::json;

use crate::emulator::Stage;
use crate::scene::{GREEN, NEXT, Scene, Shape, was_safe};
use crate::side_by_side::{Scenario, scenario};
use crate::{answers, images, process, settings};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("promote", promotes_as_planned()),
        scenario("promote, and promote the next", promotes_and_the_next_one_swaps_the_slots()),
        scenario(
            "fail at half, and promote the next",
            fails_at_half_and_the_next_one_takes_its_slot(),
        ),
        scenario("stuck, and back", answers::one_that_is_stuck_goes_back_when_it_is_told()),
        scenario("stuck, and on", answers::one_that_is_stuck_goes_on_when_it_is_told()),
        scenario("autoscaling", settings::autoscaling_is_suspended_where_it_would_be_in_the_way()),
        scenario("alarms", settings::an_alarm_that_rings_refuses_the_start_and_ends_a_step()),
        scenario("a tag", images::a_tag_is_pinned_when_the_rollout_starts()),
        scenario("another tag", images::another_tag_is_not_gone_on_with()),
        scenario("no such tag", images::a_tag_that_stands_for_nothing_starts_nothing()),
        scenario("no image", an_image_that_cannot_be_pulled_gets_no_traffic()),
        scenario("hand over", goes_on_after_a_hand_over()),
        scenario("abort", goes_back_when_it_is_aborted()),
        scenario("signals", process::one_interrupt_hands_over_and_a_kill_loses_nothing()),
        scenario("two signals", process::a_second_interrupt_goes_back()),
    ]
}

async fn promotes_as_planned() {
    let scene = Scene::new(Shape::Whole).await;
    let ran = scene.run(&["--json"]).await;
    let record = scene.ended(ran, 0).record();
    assert_eq!(record.outcome, RecordOutcome::Completed);
    called_at_most(&scene.stage, &PROMOTED);
}

async fn promotes_and_the_next_one_swaps_the_slots() {
    let scene = Scene::new(Shape::Brief).await;
    let ran = scene.run(&[]).await;
    scene.ended(ran, 0);
    called_at_most(&scene.stage, &PROMOTED);

    scene.release(NEXT, Shape::Brief);
    scene.run(&[]).await.ended(0);
    scene.serves(0, NEXT);
    was_safe(&scene.stage);
    called_at_most(&scene.stage, &PROMOTED);
}

async fn fails_at_half_and_the_next_one_takes_its_slot() {
    let scene = Scene::new(Shape::Whole).await;
    scene.fails_at_half();
    let ran = scene.run(&["--json"]).await;
    let record = scene.ended(ran, 2).record();
    assert_eq!(record.outcome, RecordOutcome::RolledBack);
    assert!(record.rollback.unwrap().reason.contains("error-rate"));
    called_at_most(&scene.stage, &ROLLED_BACK);

    scene.release(NEXT, Shape::Brief);
    scene.run(&[]).await.ended(0);
    scene.serves(1, NEXT);
    was_safe(&scene.stage);
}

async fn an_image_that_cannot_be_pulled_gets_no_traffic() {
    let scene = Scene::new(Shape::Brief).await;
    scene.stage.control("config", &json!({ "images": { GREEN: { "starts": false } } }));
    let ran = scene.run(&[]).await;
    let ran = scene.ended(ran, 2);
    assert!(ran.out.contains("CannotPullContainerError"), "{}", ran.out);
    // The cut, which changes nothing.
    assert!(scene.stage.calls("ModifyRule") <= 1);
}

async fn goes_on_after_a_hand_over() {
    let scene = Scene::new(Shape::Brief).await;
    scene.run_until(shifting, Wish::HandOver).await.ended(5);
    let ran = scene.run(&[]).await;
    scene.ended(ran, 0);
    assert_eq!(scene.stage.calls("RegisterTaskDefinition"), 1);
}

async fn goes_back_when_it_is_aborted() {
    let scene = Scene::new(Shape::Brief).await;
    let ran = scene.run_until(shifting, Wish::Abort).await;
    scene.ended(ran, 2);
}

pub(crate) fn shifting(stage: &Stage) -> bool {
    stage.calls("ModifyRule") > 0
}

/// Each operation was called as often as this at most, and no other at all.
#[track_caller]
fn called_at_most(stage: &Stage, bounds: &[(&str, u64)]) {
    let bounds: BTreeMap<&str, u64> = bounds.iter().copied().collect();
    let log = stage.control("log", &json!({ "clear": true }));
    let counts = &log["counts"];
    for (operation, count) in counts.as_object().unwrap() {
        let most = bounds.get(operation.as_str()).copied().unwrap_or(0);
        assert!(count.as_u64().unwrap() <= most, "{operation} at most {most} times: {counts:#}");
    }
}

/// Of a rollout that ends on green: six writes. Reads are made while something is waited for, so a
/// slow machine makes some more of them than a fast one.
const PROMOTED: [(&str, u64); 10] = [
    ("RegisterTaskDefinition", 1),
    ("UpdateService", 2),
    ("ModifyRule", 3),
    ("DescribeRules", 30),
    ("DescribeServices", 40),
    ("DescribeTargetHealth", 60),
    ("DescribeTaskDefinition", 6),
    ("ListTasks", 2),
    ("DescribeTasks", 2),
    ("GetMetricData", 50),
];
/// Of one that goes back from half of the traffic: two raises and the cut, green up and down.
const ROLLED_BACK: [(&str, u64); 10] = [
    ("RegisterTaskDefinition", 1),
    ("UpdateService", 2),
    ("ModifyRule", 3),
    ("DescribeRules", 25),
    ("DescribeServices", 30),
    ("DescribeTargetHealth", 50),
    ("DescribeTaskDefinition", 6),
    ("ListTasks", 2),
    ("DescribeTasks", 2),
    ("GetMetricData", 40),
];
