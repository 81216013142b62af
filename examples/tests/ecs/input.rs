//! Bad input is refused with everything that is wrong, and a dry run writes nothing.

use std::fs;

use aws_config::{BehaviorVersion, Region};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::ecs;
use crate::scene::{NEXT, Scene, Shape};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_what_is_and_writes_nothing() {
    let scene = Scene::new(Shape::Brief).await;
    let ran = scene.run(&["--dry-run"]).await.ended(0);
    for text in
        ["2 of 2 targets healthy", "send 10 % of the traffic to green", "Nothing was written"]
    {
        assert!(ran.out.contains(text), "{text:?} is not in {}", ran.out);
    }
    only_reads(&scene);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn problems_of_both_files_are_told_at_once() {
    let scene = Scene::new(Shape::Brief).await;
    for name in ["plan.toml", "ecs.toml"] {
        let text = fs::read_to_string(scene.path(name)).unwrap();
        fs::write(scene.path(name), format!("colour = 1\n{text}")).unwrap();
    }
    let ran = scene.run(&[]).await.ended(64);
    for place in ["plan.toml:1:1: colour", "ecs.toml:1:1: colour"] {
        assert!(ran.err.contains(place), "{}", ran.err);
    }
    assert_eq!(ran.out, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_of_another_plan_is_not_gone_on_with() {
    let scene = Scene::new(Shape::Brief).await;
    scene.crash_when(|stage| stage.calls("RegisterTaskDefinition") > 0).await;
    scene.release(NEXT, Shape::Brief);
    let ran = scene.run(&[]).await.ended(64);
    assert!(ran.err.contains("web-1"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_credentials_it_says_what_to_set() {
    let scene = Scene::new(Shape::Brief).await;
    let sdk = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{}", scene.stage.address()))
        .build();
    let [plan, config] = ["plan.toml", "ecs.toml"].map(|name| scene.path(name).into_os_string());
    let arguments = ["ecs".into(), plan, "--config".into(), config];
    let (_wish, wishes) = unbounded_channel();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = ecs::run(arguments, Some(sdk), wishes, &mut out, &mut err).await;
    let err = String::from_utf8(err).unwrap();
    assert_eq!((status, out.len()), (64, 0), "{err}");
    assert!(err.contains("AWS_ACCESS_KEY_ID"), "{err}");
}

/// Nothing was called that could change anything, and no journal begun.
#[track_caller]
pub(crate) fn only_reads(scene: &Scene) {
    let log = scene.stage.control("log", &json!({}));
    for operation in log["counts"].as_object().unwrap().keys() {
        let reads = ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb));
        assert!(reads, "{operation}");
    }
    assert!(!scene.path("rollouts.db").exists());
}
