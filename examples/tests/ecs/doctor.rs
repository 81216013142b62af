//! Whether a service is as a rollout needs it: everything that is not, at once, and nothing written.

use std::fs;

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_sdk_ecs::types::{DeploymentCircuitBreaker, DeploymentConfiguration};
use aws_sdk_elasticloadbalancingv2::types::TargetGroupAttribute;
use serde_json::json;

use crate::images::{image, repository};
use crate::input::only_reads;
use crate::scene::{Scene, Shape, config};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_ready_passes() {
    let scene = Scene::new(Shape::Brief).await;
    let green = image(&scene, "v7", "ready").await;
    alarm(&scene, StateValue::Ok).await;
    watches(&scene, "v7");
    scene.stage.control("log", &json!({ "clear": true }));
    let ran = scene.run(&["--doctor"]).await.ended(0);
    for line in [
        "ok     web-a: circuit breaker",
        "ok     metrics of the load balancer",
        "ok     alarms",
        "ok     image",
        &format!("/web:v7 is {green} now"),
        "no alarm rings",
        "Nothing was written.",
    ] {
        assert!(ran.out.contains(line), "{line:?} is not in {}", ran.out);
    }
    assert!(!ran.out.contains("wrong"), "{}", ran.out);
    only_reads(&scene);
    let log = scene.stage.control("log", &json!({ "calls": false }));
    for read in ["GetMetricData", "DescribeAlarms", "DescribeImages", "DescribeAccountLimits"] {
        assert_eq!(log["counts"][read], 1, "{read} is tried: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_wrong_is_named_at_once() {
    let scene = Scene::new(Shape::Brief).await;
    image(&scene, "v7", "ready").await;
    alarm(&scene, StateValue::Alarm).await;
    watches(&scene, "v8");
    let file = fs::read_to_string(scene.path("ecs.toml")).unwrap();
    let other = file.replace("task_definition = \"web\"", "task_definition = \"nobody\"");
    assert_ne!(other, file);
    fs::write(scene.path("ecs.toml"), other).unwrap();
    let half = json!({ "rule": scene.stage.name("rule"), "times": 1, "weights": {
        scene.stage.name("target_groups.0"): 50, scene.stage.name("target_groups.1"): 50
    } });
    scene.stage.control("meddle", &half);
    breaker_off(&scene).await;
    sticky(&scene).await;
    let denied = json!({ "status": 400, "code": "AccessDeniedException" });
    scene.stage.fault("GetMetricData", "error", &denied);
    scene.stage.fault("DescribeAccountLimits", "error", &denied);
    scene.stage.control("log", &json!({ "clear": true }));

    let ran = scene.run(&["--doctor"]).await.ended(4);
    let wrong: Vec<&str> =
        ran.out.lines().filter_map(|line| line.strip_prefix("  wrong  ")).collect();
    assert_eq!(wrong.len(), 8, "{}", ran.out);
    for told in [
        "web-b: circuit breaker: switch it on with rollback off",
        "weights: all traffic must be on one of the two",
        "target group web-b: stickiness: switch it off",
        "ecs:DescribeTaskDefinition failed on nobody",
        "elasticloadbalancing:DescribeAccountLimits failed on the account: permission denied",
        "cloudwatch:GetMetricData failed on web: permission denied",
        "alarms: ringing: web-5xx",
        "ImageNotFoundException",
    ] {
        assert!(ran.out.contains(told), "{told:?} is not in {}", ran.out);
    }
    only_reads(&scene);
}

/// Names the alarm and an image by this tag in the configuration.
fn watches(scene: &Scene, tag: &str) {
    let repository = repository(scene);
    let file = format!(
        "{}\n[green]\nimage = \"{repository}:{tag}\"\n[metrics]\nalarms = [\"{ALARM}\"]\n",
        config(&scene.stage)
    );
    fs::write(scene.path("ecs.toml"), file).unwrap();
}

async fn alarm(scene: &Scene, state: StateValue) {
    let client = aws_sdk_cloudwatch::Client::new(&scene.stage.sdk().await);
    let put = client.put_metric_alarm().alarm_name(ALARM).namespace("AWS/ApplicationELB");
    let put = put.metric_name("HTTPCode_Target_5XX_Count").statistic(Statistic::Sum).period(60);
    let put = put.comparison_operator(ComparisonOperator::GreaterThanThreshold);
    put.evaluation_periods(1).threshold(10.0).send().await.unwrap();
    let set = client.set_alarm_state().alarm_name(ALARM).state_value(state);
    set.state_reason("a test says so").send().await.unwrap();
}

async fn breaker_off(scene: &Scene) {
    let client = aws_sdk_ecs::Client::new(&scene.stage.sdk().await);
    let off = DeploymentCircuitBreaker::builder().enable(false).rollback(false).build();
    let off = DeploymentConfiguration::builder().deployment_circuit_breaker(off).build();
    let update = client.update_service().cluster("production");
    let update = update.service("web-b").deployment_configuration(off);
    update.send().await.unwrap();
}

async fn sticky(scene: &Scene) {
    let client = aws_sdk_elasticloadbalancingv2::Client::new(&scene.stage.sdk().await);
    let on = TargetGroupAttribute::builder().key("stickiness.enabled").value("true").build();
    let modify = client.modify_target_group_attributes();
    let modify = modify.target_group_arn(scene.stage.name("target_groups.1")).attributes(on);
    modify.send().await.unwrap();
}

const ALARM: &str = "web-5xx";
