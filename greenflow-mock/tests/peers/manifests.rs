//! Twelve manifests of other tools as plans: what our language can say of them runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use greenflow_core::machine::Ended;
use greenflow_core::plan::Plan;
use greenflow_core::value::duration;
use greenflow_mock::WorldSpec;

use super::run::{carry_out, example};

/// Each plan with its steps. The numbers left out are listed in `docs/peers.md`, with the reason.
const PLANS: [(&str, &str); 8] = [
    ("01-bluegreen", "100"),
    ("02-canary", "20/1h 40/40s 60/20s 80/20s 100"),
    ("03-alb-getting-started", "5/1h 100"),
    ("04-alb-ping-pong", "25/15s 100"),
    ("05-kitchen-sink", "100"),
    ("06-inconclusive-background", "10/30s 100"),
    ("07-analysis-step", "25/5m 100"),
    (
        "12-stepped-canary",
        "5/20s 10/20s 15/20s 20/20s 25/20s 30/20s 35/20s 40/20s 45/20s 50/20s 55/20s 100",
    ),
];

fn read(name: &str) -> Plan {
    let text = example(&format!("plans/peers/{name}.toml"));
    Plan::from_toml(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn steps(plan: &Plan) -> String {
    let step = |step: &greenflow_core::plan::Step| {
        let percent = step.green.basis_points() / 100;
        if step.hold.is_zero() {
            percent.to_string()
        } else {
            format!("{percent}/{}", duration::format(step.hold))
        }
    };
    plan.body().shift.steps.iter().map(step).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_has_the_steps_of_its_manifest() {
    for (name, expected) in PLANS {
        assert_eq!(steps(&read(name)), expected, "{name}");
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/plans/peers");
    let files: BTreeMap<_, _> = fs::read_dir(folder)
        .unwrap()
        .map(|file| (file.unwrap().path().file_stem().unwrap().to_owned(), ()))
        .collect();
    assert_eq!(files.len(), PLANS.len(), "{files:?}");
}

#[test]
fn each_completes_where_nothing_is_wrong() {
    for (name, _) in PLANS {
        let run = carry_out(read(name), WorldSpec::healthy().with_rate(90.0));
        assert_eq!(run.ended, Ended::Completed, "{name}");
        run.nobody_was_left_alone();
    }
}
