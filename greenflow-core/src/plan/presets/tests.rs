//! Each preset builds, and has the steps its name promises.

use std::time::Duration;

use super::super::{Limit, Plan, PlanBuilder, Step};
use super::Preset;
use crate::value::{Digest, Revision, Weight};

fn builder() -> PlanBuilder {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .limit(Limit::error_rate_percent(1))
        .keep_blue()
}

fn steps(minutes: &[(u8, u64)]) -> Vec<Step> {
    let step = |(percent, minutes): &(u8, u64)| Step {
        green: Weight::from_percent(*percent).unwrap(),
        hold: Duration::from_mins(*minutes),
    };
    minutes.iter().map(step).collect()
}

fn linear(every: u64) -> Vec<(u8, u64)> {
    (1..=10).map(|ten| (ten * 10, if ten == 10 { 0 } else { every })).collect()
}

#[test]
fn each_builds_with_the_steps_it_promises() {
    let promised: [(&str, Vec<(u8, u64)>); 8] = [
        ("all-at-once", vec![(100, 0)]),
        ("codedeploy-canary-10-percent-5-minutes", vec![(10, 5), (100, 0)]),
        ("codedeploy-canary-10-percent-15-minutes", vec![(10, 15), (100, 0)]),
        ("codedeploy-linear-10-percent-every-1-minute", linear(1)),
        ("codedeploy-linear-10-percent-every-3-minutes", linear(3)),
        ("ecs-canary", vec![(5, 10), (100, 0)]),
        ("ecs-linear", linear(6)),
        ("seed", vec![(10, 5), (50, 10), (100, 0)]),
    ];
    let names: Vec<&str> = Preset::all().iter().map(|preset| preset.name()).collect();
    assert_eq!(names, promised.each_ref().map(|(name, _)| *name));
    for (name, minutes) in promised {
        let plan = builder().preset(name).build().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(plan.body().shift.steps, steps(&minutes), "{name}");
        assert_eq!(plan.body().bake.duration, Duration::from_mins(30), "{name}");
    }
}

#[test]
fn what_the_plan_says_of_the_bake_wins() {
    let bake = Duration::from_mins(5);
    for builder in [builder().bake(bake).preset("seed"), builder().preset("seed").bake(bake)] {
        assert_eq!(builder.build().unwrap().body().bake.duration, bake);
    }
}

#[test]
fn an_unknown_name_lists_the_known_ones_and_nothing_else() {
    let error = builder().preset("blue-moon").build().unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!(problem.path, "shift.preset");
    for preset in Preset::all() {
        assert!(problem.message.contains(preset.name()), "{error}");
    }
}

#[test]
fn steps_and_a_preset_exclude_each_other() {
    let step = Duration::from_mins(5);
    for builder in [
        builder().step(20, step).step(100, Duration::ZERO).preset("seed"),
        builder().preset("seed").step(100, Duration::ZERO),
    ] {
        let error = builder.build().unwrap_err();
        let [problem] = error.problems() else { panic!("{error}") };
        assert_eq!(problem.path, "shift.preset");
    }
}
