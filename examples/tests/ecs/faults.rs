//! Throttling, errors, lost connections and late effects, at the writes and at the reads.

use serde_json::{Value, json};

use crate::scene::{Scene, Shape};
use crate::side_by_side::{Scenario, scenario};

/// What is done to which call.
type Fault = (&'static str, &'static str, Value);

/// The rollout meets all of these faults, and ends as if there had been none.
fn met(name: &str, status: u8, faults: Vec<Fault>) -> Scenario {
    scenario(format!("{name}, to end with {status}"), async move {
        let scene = Scene::new(Shape::Brief).await;
        if status == 2 {
            scene.fails_at_half();
        }
        if faults.iter().any(|(_, kind, _)| *kind == "late") {
            scene.bounds_late_effects(LATE * 2);
        }
        for (operation, kind, more) in &faults {
            scene.stage.fault(operation, kind, more);
        }
        let ran = scene.run(&[]).await;
        scene.ended(ran, status);
    })
}

/// The same thing at each write.
fn at_writes(kind: &'static str, more: &Value) -> Vec<Fault> {
    let at = |(operation, skip): (&'static str, u64)| {
        let mut more = more.clone();
        more["skip"] = json!(skip);
        (operation, kind, more)
    };
    [("RegisterTaskDefinition", 0), ("UpdateService", 0), ("ModifyRule", 1)].map(at).to_vec()
}

/// The same thing at each read, once it is known from an earlier answer.
fn at_reads(kind: &'static str, more: &Value) -> Vec<Fault> {
    let at = |operation: &'static str| {
        let mut more = more.clone();
        more["skip"] = json!(3);
        (operation, kind, more)
    };
    ["DescribeRules", "DescribeServices", "DescribeTargetHealth", "GetMetricData"].map(at).to_vec()
}

/// Faults cost time and change nothing.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let unavailable = json!({ "status": 503, "code": "ServiceUnavailable" });
    let mut scenarios = Vec::new();
    for (name, faults) in [
        ("writes throttled", at_writes("throttle", &json!({ "times": 2 }))),
        ("writes refused", at_writes("error", &unavailable)),
        ("errors after the effect", at_writes("error_after", &json!({}))),
        ("writes never sent", at_writes("drop_before", &json!({}))),
        ("replies lost", at_writes("drop_after", &json!({}))),
        ("reads throttled", at_reads("throttle", &json!({ "times": 2 }))),
        ("reads refused", at_reads("error", &unavailable)),
        ("reads lost", at_reads("drop_before", &json!({}))),
    ] {
        scenarios.extend([met(name, 0, faults.clone()), met(name, 2, faults)]);
    }
    scenarios.extend(late());
    scenarios.push(scenario("reads lag behind writes", lagging()));
    scenarios
}

/// A weight that timed out takes effect when the next ones could have been set: the last word is
/// still that of the rollout, and no slot with weight is ever without its tasks.
fn late() -> Vec<Scenario> {
    let late = |skip: u64| vec![("ModifyRule", "late", json!({ "skip": skip, "seconds": LATE }))];
    vec![
        met("the second raise is late", 0, late(1)),
        met("the last raise is late", 0, late(2)),
        met("the raise before the cut is late", 2, late(1)),
        met("the cut is late", 2, late(2)),
    ]
}

async fn lagging() {
    let scene = Scene::new(Shape::Brief).await;
    let stale = json!({ "stale_reads": {
        "DescribeServices": 2, "DescribeRules": 1, "DescribeTaskDefinition": 1
    } });
    scene.stage.control("config", &stale);
    let ran = scene.run(&[]).await;
    scene.ended(ran, 0);
}

/// By how many seconds a write is late: half of the bound, for a machine that is slow today.
const LATE: u32 = 3;
