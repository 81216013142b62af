//! Others who write what the rollout writes: Terraform, autoscaling, people.

use std::time::Duration;

use greenflow_aws::EcsCompute;
use greenflow_aws::api::Suspension;
use greenflow_core::fact::Fact;
use greenflow_core::machine::Ended;
use greenflow_core::provider::{
    CallContext, Clock as _, Compute as _, FenceToken, NoticeKind, Provision,
};
use greenflow_core::value::{Revision, RolloutId};

use crate::support::run::{Bench, IMAGE, TASKS, short_plan};
use crate::support::world::digest;
use crate::support::{Fault, Kind, Move, Op, Shared};

/// Seconds at which something begins, how often it comes, and when it ends.
type Times = [u64; 3];
const ALWAYS: Times = [30, 60, 20_000];

fn set_weights(bench: &Bench, times: Times, wanted: [i32; 2]) {
    let (rule, groups) = (bench.rule.clone(), bench.slots());
    bench.aws.meddle(times, move |shared, at| {
        shared.change(at, |state, _| {
            let actions = state.routes.get_mut(&rule).unwrap();
            let config = actions[0].forward_config.as_mut().unwrap();
            for group in config.target_groups.as_mut().unwrap() {
                let slot = usize::from(group.target_group_arn() == Some(&groups[1].target_group));
                group.weight = Some(wanted[slot]);
            }
        });
    });
}

/// It wants all traffic on blue again each minute. That is drift: the rollout stops, writes nothing
/// against it, and when nobody answers waits for a person, who can always go back.
#[test]
fn a_tool_that_rewrites_the_rule_each_minute_holds_the_rollout_and_is_not_fought() {
    let bench = Bench::new();
    set_weights(&bench, ALWAYS, [100, 0]);
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Stuck);
    assert_eq!(bench.aws.counts()[&Op::ModifyRule], 1, "the first step, and nothing after it");
    let told = format!("{:?}", bench.entries("r-1"));
    assert!(told.contains("the balancer was changed by another hand"), "people are told");
    assert_eq!(bench.abort("r-1"), Ended::RolledBack);
    bench.assert_ends(0, [TASKS, 0], "rewritten each minute");
}

/// The same with weights that are nobody's: both groups half.
#[test]
fn a_tool_that_halves_the_traffic_once_holds_until_it_is_undone() {
    let bench = Bench::new();
    // In the hold at 10 %, and undone two minutes later.
    let first = Duration::from_secs(400);
    set_weights(&bench, [400, 60, 401], [50, 50]);
    set_weights(&bench, [520, 60, 521], [90, 10]);
    assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed);
    bench.assert_ends(1, [0, TASKS], "undone");
    let shared = bench.aws.now();
    let between = |found: &&Move| found.at > first && found.at < first + Duration::from_secs(120);
    assert_eq!(shared.moves.iter().find(between), None, "nothing is written against it");
}

/// Without its name in the rule, green's targets are no longer checked nor used.
#[test]
fn the_idle_group_taken_out_of_the_rule_ends_on_blue() {
    for (from, writes) in [(5, 1), (300, 2)] {
        let bench = Bench::new();
        let (rule, idle) = (bench.rule.clone(), bench.slots()[1].target_group.clone());
        bench.aws.meddle([from, 60, 20_000], move |shared, at| {
            shared.change(at, |state, _| {
                let actions = state.routes.get_mut(&rule).unwrap();
                let config = actions[0].forward_config.as_mut().unwrap();
                let groups = config.target_groups.as_mut().unwrap();
                groups.retain(|group| group.target_group_arn() != Some(&idle));
                groups[0].weight = Some(1);
            });
        });
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::RolledBack, "from {from}");
        bench.assert_ends(0, [TASKS, 0], &format!("without the idle group from {from} s"));
        let counts = bench.aws.counts();
        assert!(counts[&Op::ModifyRule] <= writes, "from {from}: {counts:?}");
    }
}

/// What autoscaling wants each minute, unless it may not: one task more or less, and at least two.
fn autoscale(shared: &mut Shared, at: Duration) {
    let names: Vec<String> = shared.last().scaling.keys().cloned().collect();
    for name in names {
        let Suspension { scale_in, scale_out, .. } = shared.last().scaling[&name];
        let service = crate::support::run::service_arn(name.rsplit('/').next().unwrap());
        let desired = shared.last().services[&service].desired;
        let wanted =
            if at.as_secs() % 120 < 60 { desired.saturating_sub(1).max(2) } else { desired + 1 };
        let may = if wanted < desired { !scale_in } else { !scale_out };
        if may && wanted != desired && !shared.last().services[&service].is_deploying(at) {
            shared.update_service(at, &service, None, wanted);
        }
    }
}

#[test]
fn autoscaling_that_fights_takes_nothing_from_blue_and_wakes_no_idle_slot() {
    for failing in [false, true] {
        let bench = Bench::new();
        bench.aws.now().minimum = 2;
        if failing {
            bench.aws.now().failing.push(("b".repeat(64), 50, 300));
        }
        // From when blue is pinned.
        bench.aws.meddle([260, 60, 20_000], autoscale);
        let ended = bench.run("r-1", short_plan("api", 'b'));
        let (wanted, on) = if failing { (Ended::RolledBack, 0) } else { (Ended::Completed, 1) };
        assert_eq!(ended, wanted, "failing {failing}");
        bench.let_pass(Duration::from_secs(3600));
        let violations = bench.aws.now().violations.clone();
        assert!(violations.is_empty(), "{violations:#?}");
        assert_eq!(bench.service(1 - on).desired, 0, "the idle slot stays idle");
        assert!(bench.service(on).desired >= 2);
        let weights = bench.weights();
        assert!(weights[on] > 0 && weights[1 - on] == 0, "{weights:?}");
        let shared = bench.aws.now();
        let blue = shared.history().iter().filter(|(_, state)| {
            let service = state.services.get(&bench.slots()[0].service);
            service.is_some_and(|service| (1..TASKS).contains(&service.desired))
        });
        let pinned = Duration::from_secs(1200);
        assert_eq!(blue.filter(|(at, _)| *at < pinned).count(), 0, "blue keeps its size");
    }
}

/// What a person or a tool does that sets a service's number of tasks.
fn set_tasks(bench: &Bench, times: Times, slot: usize, tasks: u32) {
    let service = bench.slots()[slot].service.clone();
    bench.aws.meddle(times, move |shared, at| {
        if shared.last().services[&service].desired != tasks {
            shared.update_service(at, &service, None, tasks);
        }
    });
}

/// In the hold at 10 %, on either slot.
#[test]
fn a_slot_that_loses_a_task_gets_it_back_and_the_rollout_goes_on() {
    for slot in [0, 1] {
        let bench = Bench::new();
        bench.aws.now().minimum = 2;
        set_tasks(&bench, [400, 60, 401], slot, TASKS - 1);
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "slot {slot}");
        bench.assert_ends(1, [0, TASKS], "given back");
        assert_eq!(bench.aws.counts()[&Op::UpdateService], 3, "slot {slot}");
        let told = format!("{:?}", bench.entries("r-1"));
        assert!(told.contains("given back, 1 of 2 times"), "slot {slot}: {told}");
    }
}

/// Somebody who wants fewer tasks each minute is not fought for ever, and is told by name.
#[test]
fn a_slot_that_is_scaled_down_again_and_again_holds_the_rollout_and_people_are_told() {
    for slot in [0, 1] {
        let bench = Bench::new();
        bench.aws.now().minimum = 2;
        set_tasks(&bench, [400, 60, 20_000], slot, TASKS - 1);
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Stuck, "slot {slot}");
        // Green's own, and what was given back.
        assert_eq!(bench.aws.counts()[&Op::UpdateService], 1 + 2, "slot {slot}");
        let service = &bench.slots()[slot].service;
        let paged = bench.entries("r-1").into_iter().any(|entry| {
            let Fact::NoticeQueued(notice) = entry.fact else { return false };
            notice.kind == NoticeKind::Page
                && notice.text.contains(service.as_str())
                && notice.text.contains("they were given back 2 times")
        });
        assert!(paged, "slot {slot} is named");
        assert_eq!(bench.abort("r-1"), Ended::RolledBack);
    }
}

/// More tasks than were set are nobody's harm.
#[test]
fn a_slot_with_more_tasks_than_were_set_is_left_alone() {
    for slot in [0, 1] {
        let bench = Bench::new();
        set_tasks(&bench, [400, 60, 401], slot, TASKS + 2);
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::Completed, "slot {slot}");
        assert_eq!(bench.aws.counts()[&Op::UpdateService], 2, "slot {slot}");
    }
}

/// A provision that is repeated, as after a crash, takes none of them away either.
#[test]
fn a_repeated_provision_takes_no_task_away() {
    let bench = Bench::new();
    let compute = EcsCompute::new(bench.site());
    let id = RolloutId::new("r-1").unwrap();
    let cx = CallContext::new(id, FenceToken::default(), Duration::from_secs(10));
    let wanted = || Provision::new(Revision::new(IMAGE, digest('b')), TASKS);
    let first = bench.sim.run(compute.provision(&cx, wanted())).unwrap().unwrap();
    let service = bench.slots()[1].service.clone();
    let at = bench.aws.clock.monotonic();
    bench.aws.now().update_service(at, &service, None, TASKS + 2);
    let again = bench.sim.run(compute.provision(&cx, wanted())).unwrap().unwrap();
    assert_eq!((again, bench.service(1).desired), (first, TASKS + 2));
}

/// For ten minutes nothing is allowed, in the middle of the shift.
#[test]
fn credentials_that_are_gone_for_ten_minutes_leave_the_traffic_where_it_is() {
    let bench = Bench::new();
    let (from, until) = (Duration::from_secs(330), Duration::from_secs(930));
    bench.aws.now().outage = Some((from, until, Kind::Expired));
    let ended = bench.run("r-1", short_plan("api", 'b'));
    assert!(matches!(ended, Ended::Completed | Ended::RolledBack), "{ended:?}");
    let (on, tasks) = if ended == Ended::Completed { (1, [0, TASKS]) } else { (0, [TASKS, 0]) };
    bench.assert_ends(on, tasks, "after the outage");
    let moved = |found: &&Move| found.at > from && found.at < until;
    assert_eq!(bench.aws.now().moves.iter().find(moved), None);
}

/// A permission that is missing is told by name, and nothing is left half done.
#[test]
fn a_write_that_is_denied_ends_on_blue_and_names_the_permission() {
    for (op, name) in [
        (Op::RegisterTaskDefinition, "ecs:RegisterTaskDefinition"),
        (Op::UpdateService, "ecs:UpdateService"),
    ] {
        let bench = Bench::new();
        bench.aws.now().faults.push(Fault { op, after: 0, times: 3, kind: Kind::Denied });
        assert_eq!(bench.run("r-1", short_plan("api", 'b')), Ended::RolledBack, "{op:?}");
        bench.assert_ends(0, [TASKS, 0], name);
        assert!(format!("{:?}", bench.entries("r-1")).contains(name), "{name} is told");
    }
}
