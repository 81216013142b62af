//! A rollout that is stuck, and what people tell it.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tokio::join;
use tokio::time::sleep;

use crate::rollouts::shifting;
use crate::scene::{Scene, Shape};

pub(crate) async fn one_that_is_stuck_goes_back_when_it_is_told() {
    let scene = stuck().await;
    let writes = scene.stage.calls("ModifyRule");
    // Nobody has told it anything yet.
    let again = scene.run(&[]).await.ended(3);
    assert!(again.out.contains("say resume, or rollback"), "{}", again.out);
    let refused = scene.run(&["--answer", "pause"]).await.ended(64);
    assert!(refused.err.contains("nothing goes on here that could pause"), "{}", refused.err);
    let unknown = scene.run(&["--answer", "close"]).await.ended(64);
    assert!(unknown.err.contains("resume, rollback, abort"), "{}", unknown.err);
    assert_eq!(scene.stage.calls("ModifyRule"), writes, "nothing was written");

    let back =
        scene.run(&["--answer", "rollback", "--because", "the template has it", "--json"]).await;
    let record = scene.ended(back, 2).record();
    assert!(record.rollback.unwrap().reason.contains("the template has it"));
    // It has ended: the next one is told nothing by this.
    let late = scene.run(&["--answer", "resume"]).await.ended(64);
    assert!(late.err.contains("no rollout of web is under way"), "{}", late.err);
}

pub(crate) async fn one_that_is_stuck_goes_on_when_it_is_told() {
    let scene = stuck().await;
    set_weights(&scene, [90, 10]);
    let on = scene.run(&["--answer", "resume"]).await;
    scene.ended(on, 0);
}

/// Somebody has set other weights in the first hold, and nobody has said what shall become of it.
async fn stuck() -> Scene {
    let scene = Scene::new(Shape::Brief).await;
    let plan = fs::read_to_string(scene.path("plan.toml")).unwrap();
    assert!(plan.contains("\n[faults]\n"));
    let soon = "\n[faults]\ndrift = { within = \"2s\", otherwise = \"stop\" }\n";
    fs::write(scene.path("plan.toml"), plan.replace("\n[faults]\n", soon)).unwrap();
    let meddling = async {
        scene.until(shifting).await;
        sleep(Duration::from_secs(2)).await;
        set_weights(&scene, [60, 40]);
    };
    let (ran, ()) = join!(scene.run(&[]), meddling);
    ran.ended(3);
    scene
}

fn set_weights(scene: &Scene, [blue, green]: [u32; 2]) {
    let [a, b] = ["target_groups.0", "target_groups.1"].map(|name| scene.stage.name(name));
    let once = json!({ "rule": scene.stage.name("rule"), "times": 1, "weights": {
        a: blue, b: green
    } });
    scene.stage.control("meddle", &once);
}
