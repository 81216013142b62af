//! A release that is named by a tag in ECR.

use std::fs;

use greenflow_core::value::{Digest, Revision};
use serde_json::json;

use crate::rollouts::shifting;
use crate::scene::{Scene, Shape, config, was_safe};

/// Killed in its first hold, the rollout keeps its image although the tag has moved; the next one
/// takes what the tag points at then.
pub(crate) async fn a_tag_is_pinned_when_the_rollout_starts() {
    let scene = Scene::new(Shape::Brief).await;
    let first = image(&scene, "v7", "first").await;
    names(&scene, "v7");
    scene.crash_when(shifting).await;
    let second = image(&scene, "v7", "second").await;
    assert_ne!(first, second);

    let ran = scene.run(&["--json"]).await.ended(0);
    scene.serves(1, first.digest.as_str());
    let record = ran.record();
    assert_eq!(record.revision, first, "the record says which image it was");
    let why = format!("{}:v7 stood for {}", repository(&scene), first.digest);
    assert!(record.start.why.contains(&why), "{}", record.start.why);
    assert_eq!(scene.stage.calls("DescribeImages"), 1, "it is asked for once");

    scene.run(&[]).await.ended(0);
    scene.serves(0, second.digest.as_str());
    was_safe(&scene.stage);
}

/// With a rollout by one tag under way, another tag is another release.
pub(crate) async fn another_tag_is_not_gone_on_with() {
    let scene = Scene::new(Shape::Brief).await;
    image(&scene, "v7", "first").await;
    image(&scene, "v8", "second").await;
    names(&scene, "v7");
    scene.crash_when(|stage| stage.calls("RegisterTaskDefinition") > 0).await;
    names(&scene, "v8");
    let ran = scene.run(&[]).await.ended(64);
    assert!(ran.err.contains("web-1 of this service is under way"), "{}", ran.err);
}

/// Bad input is told apart from a registry that does not answer.
pub(crate) async fn a_tag_that_stands_for_nothing_starts_nothing() {
    let scene = Scene::new(Shape::Brief).await;
    image(&scene, "v7", "first").await;
    names(&scene, "v8");
    let ran = scene.run(&[]).await.ended(64);
    assert!(ran.err.contains("web:v8"), "{}", ran.err);
    names(&scene, "v7");
    scene.stage.fault("DescribeImages", "throttle", &json!({}));
    let ran = scene.run(&[]).await.ended(70);
    assert!(ran.err.contains("ecr:DescribeImages"), "{}", ran.err);
    assert_eq!(scene.stage.calls("RegisterTaskDefinition"), 0);
    let ran = scene.run(&["--dry-run"]).await.ended(0);
    assert!(ran.out.contains("register a task definition like the base, with"), "{}", ran.out);
}

/// Names the release in the configuration.
fn names(scene: &Scene, tag: &str) {
    let repository = repository(scene);
    let file = format!("{}\n[green]\nimage = \"{repository}:{tag}\"\n", config(&scene.stage));
    fs::write(scene.path("ecs.toml"), file).unwrap();
}

pub(crate) fn repository(scene: &Scene) -> String {
    format!("{}.dkr.ecr.us-east-1.amazonaws.com/web", scene.stage.account)
}

/// Pushes an image with this content, and lets the tag point at it.
pub(crate) async fn image(scene: &Scene, tag: &str, content: &str) -> Revision {
    let client = aws_sdk_ecr::Client::new(&scene.stage.sdk().await);
    // Only the first time there is none.
    let _: Result<_, _> = client.create_repository().repository_name("web").send().await;
    let layer = json!({ "mediaType": LAYER, "size": 1, "digest": format!("sha256:{content}") });
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": layer, "layers": [layer]
    });
    let put = client.put_image().repository_name("web").image_tag(tag);
    let answer = put.image_manifest(manifest.to_string()).send().await.unwrap();
    let id = answer.image().unwrap().image_id().unwrap();
    Revision::new(repository(scene), Digest::new(id.image_digest().unwrap()).unwrap())
}

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
