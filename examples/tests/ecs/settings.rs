//! What else the configuration says: alarms, and autoscaling.

use std::collections::BTreeMap;
use std::fs;

use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ServiceNamespace, SuspendedState as Suspended,
};
use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use tokio::join;

use crate::rollouts::shifting;
use crate::scene::{GREEN, Scene, Shape, config, was_safe};

/// Autoscaling lifts the slots to two tasks whenever it may. What it did to the idle slot before is
/// suspended, as an earlier rollout leaves it.
pub(crate) async fn autoscaling_is_suspended_where_it_would_be_in_the_way() {
    let scene = Scene::new(Shape::Brief).await;
    let idle = Suspended::builder()
        .dynamic_scaling_in_suspended(true)
        .dynamic_scaling_out_suspended(true)
        .scheduled_scaling_suspended(true)
        .build();
    let free = Suspended::builder()
        .dynamic_scaling_in_suspended(false)
        .dynamic_scaling_out_suspended(false)
        .scheduled_scaling_suspended(false)
        .build();
    let client = aws_sdk_applicationautoscaling::Client::new(&scene.stage.sdk().await);
    for (slot, suspended) in [("a", &free), ("b", &idle)] {
        client
            .register_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id(scalable(slot))
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .min_capacity(2)
            .max_capacity(4)
            .suspended_state(suspended.clone())
            .send()
            .await
            .unwrap();
    }
    scene.stage.control("config", &serde_json::json!({ "autoscaler_s": 0.5 }));
    let file = format!("autoscaling = true\n{}", config(&scene.stage));
    fs::write(scene.path("ecs.toml"), file).unwrap();
    scene.run(&[]).await.ended(0);
    scene.serves(1, GREEN);
    was_safe(&scene.stage);
    let found = client
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .send()
        .await
        .unwrap();
    let now: BTreeMap<_, _> = found
        .scalable_targets()
        .iter()
        .map(|target| (target.resource_id().to_owned(), target.suspended_state().cloned()))
        .collect();
    let wanted = [(scalable("a"), Some(idle)), (scalable("b"), Some(free))];
    assert_eq!(now, BTreeMap::from(wanted), "the slots have swapped");
}

/// One that rings keeps the rollout from starting, and one that begins to ring takes it back.
pub(crate) async fn an_alarm_that_rings_refuses_the_start_and_ends_a_step() {
    let scene = Scene::new(Shape::Brief).await;
    let plan = fs::read_to_string(scene.path("plan.toml")).unwrap();
    let plan = plan.replace(
        "limits = [{ error_rate = \"1 %\" }",
        "limits = [{ metric = \"alarms\", gauge = 1 }, { error_rate = \"1 %\" }",
    );
    let plan = format!("{plan}\n[preflight]\nchecks = [\"alarms\"]\n");
    fs::write(scene.path("plan.toml"), plan).unwrap();
    let file = format!("{}\n[metrics]\nalarms = [\"{ALARM}\"]\n", config(&scene.stage));
    fs::write(scene.path("ecs.toml"), file).unwrap();

    let client = aws_sdk_cloudwatch::Client::new(&scene.stage.sdk().await);
    client
        .put_metric_alarm()
        .alarm_name(ALARM)
        .namespace("AWS/ApplicationELB")
        .metric_name("HTTPCode_Target_5XX_Count")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(1)
        .threshold(10.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .send()
        .await
        .unwrap();
    let set = async |state: StateValue| {
        let set = client.set_alarm_state().alarm_name(ALARM).state_value(state);
        set.state_reason("a test says so").send().await.unwrap();
    };
    set(StateValue::Alarm).await;
    let refused = scene.run(&[]).await.ended(4);
    assert!(refused.out.contains("ringing: web-5xx"), "{}", refused.out);
    assert!(!shifting(&scene.stage), "nothing was written");

    set(StateValue::Ok).await;
    let ringing = async {
        scene.until(shifting).await;
        set(StateValue::Alarm).await;
    };
    let (ran, ()) = join!(scene.run(&["--json"]), ringing);
    let record = scene.ended(ran, 2).record();
    let reason = record.rollback.unwrap().reason;
    assert!(reason.contains("alarms 1"), "{reason}");
}

fn scalable(slot: &str) -> String {
    format!("service/production/web-{slot}")
}

const ALARM: &str = "web-5xx";
