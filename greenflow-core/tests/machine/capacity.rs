//! How many targets a side needs for what it gets.

use std::time::Duration;

use greenflow_core::fact::{Fact, HoldReason, Move, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::{Plan, Step};

use super::journal::{percent, phase, phase_of, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A plan for a single target of green, with a step to half of the traffic.
fn to_the_half(second: bool) -> Plan {
    plan_with(|body| {
        body.provision.capacity = Some(1);
        let tenth = body.shift.steps[0];
        let half = Step { green: percent(50).green(), ..tenth };
        if second {
            body.shift.steps.insert(1, half);
        } else {
            body.shift.steps[0] = half;
        }
    })
}

/// From how many healthy targets of green on half of the traffic is sent there. Each of them can
/// carry so many requests in a thousand seconds.
fn needed(second: bool, carries: Option<u64>) -> Option<u32> {
    let plan = to_the_half(second);
    let (label, set) = if second { ("holding", 10) } else { ("raising", 0) };
    let journal = phase_of(&plan, &format!("shifting ({label})"));
    let taken = |healthy: &u32| {
        let mut stage = Stage::set(&journal, percent(set), |stage| {
            stage.sides.green.healthy = *healthy;
            stage.sides.green.target_capacity_per_kilosecond = carries;
        });
        stage.pass(6 * MINUTE);
        stage.begun().any(|write| *write == Write::Raise { split: percent(50) })
    };
    (1..=6).find(taken)
}

/// Blue had 6 when the rollout began. There is a fifth to spare in all.
#[test]
fn green_needs_as_many_as_its_share_of_what_blue_had() {
    for second in [false, true] {
        assert_eq!(needed(second, None), Some(4), "half of 6, and a fifth");
    }
}

/// 200 requests come each second.
#[test]
fn green_needs_as_many_as_carry_its_share_where_that_is_known() {
    assert_eq!(needed(false, Some(40_000)), Some(4), "nothing was measured yet");
    assert_eq!(needed(true, Some(40_000)), Some(3), "120 requests, of which each carries 40");
    assert_eq!(needed(true, Some(10_000)), Some(6), "never more than blue had");
    assert_eq!(needed(true, Some(0)), Some(4), "one that can carry nothing says nothing");
}

/// Green is bad while 5 targets of blue carry so much each, in a thousand seconds.
fn bad_beside(carries: u64) -> Stage {
    let mut stage = Stage::set(&phase("shifting (holding)"), percent(10), |stage| {
        stage.sides.blue.healthy = 5;
        stage.sides.blue.target_capacity_per_kilosecond = Some(carries);
    });
    stage.errors = 50;
    stage.pass(2 * MINUTE);
    stage
}

#[test]
fn blue_takes_everything_back_while_it_can_just_carry_it() {
    assert_eq!(bad_beside(40_000).phase(), PhaseName::RollingBack);
    let stage = bad_beside(39_900);
    assert_eq!(stage.phase(), PhaseName::Held);
    let what = stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::Moved(Move::Hold { reason: HoldReason::NoSafeSide { what, .. }, .. }) => Some(what),
        _ => None,
    });
    let what = what.unwrap();
    assert!(what.ends_with("blue carries 199 requests/s and 200 come"), "{what}");
}

#[test]
fn no_step_is_taken_beside_a_blue_that_is_not_what_it_was() {
    let raised = |otherwise: fn(&mut Stage)| {
        let mut stage = Stage::set(&phase("shifting (raising)"), percent(0), otherwise);
        stage.pass(2 * MINUTE);
        stage.begun().any(|write| matches!(write, Write::Raise { .. }))
    };
    assert!(raised(|_| {}));
    assert!(!raised(|stage| stage.sides.blue.digests = stage.sides.green.digests.clone()));
    assert!(!raised(|stage| stage.sides.blue.resources = vec!["blue-2".parse().unwrap()]));
}
