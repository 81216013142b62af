//! The way back depends on nothing about green, and as little as can be on anything else.

use greenflow_core::fact::{Entry, Fact, Move, RollbackKind, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::Plan;
use greenflow_core::provider::{Clock, NoticeKind};
use greenflow_core::value::{Split, Weight};
use greenflow_mock::Operation;
use greenflow_mock::faults::{Fault, FaultKind};
use greenflow_mock::script::Says;
use greenflow_mock::world::{
    AnswerChange, Autoscaler, Change, Ending, Health, MetricsBehaviour, Planned, RouterChange,
    SideChange, Trigger,
};
use greenflow_mock::{Kill, World, WorldSpec};

use super::run::{
    WHOLE, blue, carry_out, carry_out_on, green, green_at, lead, mins, plan, run, saying, secs,
    seed_plan, world_file,
};

const CRASHING: SideChange = SideChange::Health(Health::CrashLoop { up: secs(20), down: secs(40) });

#[test]
fn k10_a_green_that_crashes_at_full_traffic_is_left() {
    let crash = green(green_at(100).later(mins(5)), CRASHING);
    let run = run(plan(), WorldSpec::healthy().with_planned(crash));
    assert_eq!(run.ended, Ended::RolledBack);
    let (_, decided) = run.went_back();
    assert!(run.until_off_green(decided) < secs(30));
    assert_eq!(run.world.truth().share.blue, 1.0);
    run.blue_stood_until(run.entries.last().unwrap().wall);
}

#[test]
fn k11_one_missing_blue_target_does_not_hold_the_way_back_up() {
    let fault = green_at(50).later(mins(5));
    let spec = WorldSpec::healthy()
        .with_planned(blue(fault, SideChange::Quota(Some(WHOLE - 1))))
        .with_planned(blue(fault, SideChange::Lose(1)))
        .with_planned(green(fault, SideChange::Errors(0.3)));
    let run = run(plan(), spec);
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::Breach);
    assert!(run.until_off_green(decided) < secs(30));
    let after = run.moments.iter().find(|moment| moment.wall > decided).unwrap();
    assert_eq!(after.blue.healthy, WHOLE - 1);
    run.nobody_was_left_alone();
}

#[test]
fn a_cut_that_another_hand_undoes_is_made_again() {
    let errors = green(green_at(50).later(mins(5)), SideChange::Errors(0.3));
    let half = Split::to_green(Weight::from_percent(50).unwrap());
    let undone = Planned::new(
        Trigger::on(PhaseName::RollingBack).later(secs(40)),
        Change::Router(RouterChange::Split(half)),
    );
    let run = run(plan(), WorldSpec::healthy().with_planned(errors).with_planned(undone));
    assert_eq!(run.ended, Ended::RolledBack);
    assert_eq!(run.intents(Write::is_cut), 2);
    assert_eq!(run.world.truth().share.blue, 1.0);
    run.green_stood_while_it_served();
}

/// Another hand gives green traffic again between the last poll and its removal.
#[test]
fn green_is_looked_at_just_before_it_is_stopped() {
    let spec = saying(WorldSpec::healthy(), lead(green_at(10).later(mins(1)), Says::Abort));
    let is_removal = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Remove { .. }, .. });
    let is_cut = |fact: &Fact| matches!(fact, Fact::Intent { write, .. } if write.is_cut());
    let calm = run(plan(), spec.clone());
    let (_, decided) = calm.went_back();
    let removed = calm.when(is_removal).unwrap().since(decided);
    let half = Split::to_green(Weight::from_percent(50).unwrap());
    for before in [secs(1), secs(3)] {
        let when = Trigger::on(PhaseName::RollingBack).later(removed - before);
        let again = Planned::new(when, Change::Router(RouterChange::Split(half)));
        let run = run(plan(), spec.clone().with_planned(again));
        assert_eq!(run.ended, Ended::RolledBack);
        let last_cut = run.entries.iter().rposition(|entry| is_cut(&entry.fact)).unwrap();
        let removal = run.entries.iter().position(|entry| is_removal(&entry.fact)).unwrap();
        assert_eq!(run.intents(Write::is_cut), 2);
        assert!(last_cut < removal, "{before:?} before its removal");
    }
}

#[test]
fn a_blue_that_comes_up_again_in_time_takes_everything_back() {
    let down = green_at(50).later(mins(4));
    let spec = WorldSpec::healthy()
        .with_planned(blue(down, SideChange::Health(Health::Never)).lasting(mins(3)))
        .with_planned(blue(down, SideChange::Lose(WHOLE)));
    let spec = saying(spec, lead(green_at(50).later(mins(5)), Says::Abort));
    let run = run(plan(), spec);
    assert_eq!(run.ended, Ended::RolledBack);
    let (_, decided) = run.went_back();
    let off = run.until_off_green(decided);
    assert!(off > mins(1) && off < mins(4), "{off:?}");
}

#[test]
fn a_green_that_was_not_measured_at_rest_is_left_running() {
    let spec = saying(WorldSpec::healthy(), lead(green_at(10).later(mins(1)), Says::Abort));
    let dark = Change::Answer(AnswerChange::Metrics(MetricsBehaviour::Missing));
    let dark = Planned::new(Trigger::on(PhaseName::RollingBack), dark);
    let run = run(plan(), spec.with_planned(dark));
    assert_eq!(run.ended, Ended::RolledBack);
    assert_eq!(run.intents(|write| matches!(write, Write::Remove { .. })), 0);
    assert!(run.world.truth().sides.green.exists);
    let told = |fact: &Fact| matches!(fact, Fact::IssueNoted { what, .. } if what.contains("left over: green, kept running"));
    assert!(run.when(told).is_some());
}

#[test]
fn what_is_left_of_green_is_told_by_name_and_nothing_else_is() {
    let left = |denied: bool| {
        let spec = saying(WorldSpec::healthy(), lead(green_at(10).later(mins(1)), Says::Abort));
        let fault = Fault::new(FaultKind::Denied).on(Operation::Remove);
        let run = run(plan(), if denied { spec.with_fault(fault) } else { spec });
        let left = run.entries.iter().find_map(|entry| {
            let Fact::Moved(Move::FinishRollback { leftovers }) = &entry.fact else { return None };
            Some(leftovers.clone())
        });
        (run.world.truth().sides.green.exists, left.unwrap())
    };
    assert_eq!(left(false), (false, vec![]));
    let (exists, left) = left(true);
    assert!(exists && left.len() == 2, "{left:?}");
    assert!(left.iter().all(|what| what.starts_with("green: green-")), "{left:?}");
}

#[test]
fn that_all_requests_are_on_blue_again_in_time_is_recorded_once() {
    let errors = green(green_at(50).later(mins(5)), SideChange::Errors(0.3));
    let run = run(plan(), WorldSpec::healthy().with_planned(errors));
    assert_eq!(run.ended, Ended::RolledBack);
    let seen = run.entries.iter().filter(|entry| {
        let Fact::TrafficObserved { split, .. } = &entry.fact else { return false };
        *split == Split::ALL_BLUE
    });
    assert_eq!(seen.count(), 1);
    let overdue =
        |fact: &Fact| matches!(fact, Fact::IssueNoted { what, .. } if what.contains("overdue"));
    assert_eq!(run.when(overdue), None);
}

#[test]
fn k12_abort_beats_promote_full() {
    let run = carry_out(seed_plan(), world_file("abort-after-promote-full"));
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::Operator);
    assert!(run.until_off_green(decided) < secs(30));
}

#[test]
fn k15_a_crash_loop_at_the_first_step_goes_back_soon() {
    let crash = green(green_at(10).later(secs(30)), CRASHING);
    let run = run(plan(), WorldSpec::healthy().with_planned(crash));
    assert_eq!(run.ended, Ended::RolledBack);
    let begun =
        run.moments.iter().find(|moment| moment.green_share > 0.05 && moment.green.healthy == 0);
    let begun = begun.unwrap().wall;
    assert!(run.until_off_green(begun) < mins(3), "{:?}", run.until_off_green(begun));
}

#[test]
fn k16_a_notifier_that_hangs_delays_nothing() {
    let bad = green(green_at(10).later(mins(1)), SideChange::Errors(0.3));
    let time_back = |spec: WorldSpec| {
        let run = run(plan(), spec.with_planned(bad.clone()));
        assert_eq!(run.ended, Ended::RolledBack);
        let (_, decided) = run.went_back();
        run.until_off_green(decided)
    };
    let hanging = Change::Answer(AnswerChange::Notifier(Ending::Hangs));
    let hung = WorldSpec::healthy().with_change(Trigger::Elapsed(secs(0)), hanging);
    assert_eq!(time_back(hung), time_back(WorldSpec::healthy()));
}

#[test]
fn k24_a_version_that_came_back_is_checked_again() {
    // Green cannot be stopped for a while, so it is still up when it comes again.
    let back = Trigger::on(PhaseName::RollingBack);
    let denied = Fault::new(FaultKind::Denied).on(Operation::Remove).from(back).lasting(mins(60));
    let spec = saying(WorldSpec::healthy(), lead(green_at(10).later(mins(1)), Says::Abort));
    let spec = spec.with_fault(denied);
    let plan: Plan = plan().build().unwrap();
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    let first = carry_out_on(world.clone(), plan.clone(), spec, 1);
    assert_eq!(first.ended, Ended::RolledBack);
    let left = world.truth();
    assert!(left.sides.green.exists && left.sides.green.healthy == WHOLE, "{left:?}");
    assert!(left.share.green < f64::EPSILON, "{left:?}");
    let checks = world.calls().get(&Operation::Check).copied();
    let second = carry_out_on(world, plan, WorldSpec::healthy(), 2);
    assert_eq!(second.ended, Ended::Completed);
    let suite =
        |fact: &Fact| matches!(fact, Fact::CheckEnded(result) if result.check.as_str() == "e2e");
    let (again, shifts) = (second.when(suite).unwrap(), second.entered(PhaseName::Shifting));
    assert!(first.when(suite).is_some() && again <= shifts.unwrap());
    assert!(second.world.calls().get(&Operation::Check).copied() > checks);
    let held = second.entered(PhaseName::Baking).unwrap();
    assert!(
        held.since(second.entered(PhaseName::Shifting).unwrap()) >= mins(15),
        "no hold fell out"
    );
}

#[test]
fn k35_blue_takes_everything_back_at_the_size_it_had() {
    let scaler = Autoscaler::new(2, 20, 0.6);
    let mut spec = saying(
        WorldSpec::healthy(),
        lead(Trigger::Phase { phase: PhaseName::Retaining, after: mins(60) }, Says::Rollback),
    );
    spec.blue.fleet.autoscaler = Some(scaler);
    let run = run(plan(), spec);
    assert_eq!(run.ended, Ended::RolledBack);
    let (_, decided) = run.went_back();
    let idle = run.observed(Split::ALL_GREEN).unwrap();
    for moment in run.moments.iter().filter(|m| m.wall > idle && m.wall <= decided) {
        assert!(moment.blue.healthy >= WHOLE, "{moment:?}");
    }
    run.nobody_was_left_alone();
}

#[test]
fn k38_a_breach_in_a_pause_goes_back_without_being_asked() {
    let pause = green_at(10).later(mins(1));
    let spec =
        WorldSpec::healthy().with_planned(green(pause.later(mins(2)), SideChange::Errors(0.3)));
    let run = run(plan(), saying(spec, lead(pause, Says::Pause)));
    assert_eq!(run.ended, Ended::RolledBack);
    let (reason, decided) = run.went_back();
    assert_eq!(reason.kind, RollbackKind::Breach);
    let held = run.entered(PhaseName::Held).unwrap();
    assert!(decided.since(held) < mins(6), "{:?}", decided.since(held));
    assert!(run.until_off_green(decided) < secs(30));
}

#[test]
fn k39_a_fix_for_a_broken_blue_can_be_deployed_and_that_is_recorded() {
    let broken = |mut spec: WorldSpec| {
        spec.blue.model.errors = 0.05;
        spec
    };
    let refused = run(plan(), broken(WorldSpec::healthy()));
    assert_eq!(refused.ended, Ended::Refused);
    let fixed = run(plan().dangerous_start_with_unhealthy_blue(), broken(WorldSpec::healthy()));
    assert_eq!(fixed.ended, Ended::Completed);
    let Fact::Started(started) = &fixed.entries[0].fact else { panic!("not started") };
    assert!(started.plan.start.dangerous_start_with_unhealthy_blue);
}

#[test]
fn k40_a_way_back_is_told_once_by_each_key() {
    let bad = green(green_at(10).later(mins(1)), SideChange::Errors(0.3));
    let run = run(plan(), WorldSpec::healthy().with_planned(bad));
    let notices = run.world.notices();
    let mut keys: Vec<_> = notices.iter().map(|(_, notice)| notice.key.clone()).collect();
    let sent = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), sent);
    let (_, decided) = run.went_back();
    let start = run.world.clock().true_wall().before(run.world.clock().monotonic());
    let alert = notices
        .iter()
        .find(|(at, notice)| notice.kind == NoticeKind::Alert && start.after(*at) >= decided);
    assert!(alert.is_some(), "{notices:?}");
}

/// The controller dies while notices of the way back are on their way, and another one takes over;
/// or it was only stopped, and goes on beside that.
#[test]
fn k40_two_controllers_miss_no_notice_and_tell_nothing_twice() {
    let bad = green(green_at(10).later(mins(1)), SideChange::Errors(0.3));
    let slow = Fault::new(FaultKind::Slow { by: secs(8) }).on(Operation::Notify);
    let dies = Kill::new(PhaseName::RollingBack, secs(4), secs(2)).followed_at_rate(1);
    for kill in [dies, dies.only_stopped_for(secs(60))] {
        let spec = WorldSpec::healthy().with_planned(bad.clone()).with_fault(slow.clone());
        let run = run(plan(), spec.with_kill(kill));
        assert_eq!(run.ended, Ended::RolledBack);
        let began = |entry: &&Entry| matches!(entry.fact, Fact::EpochBegan { .. });
        assert_eq!(run.entries.iter().filter(began).count(), 2, "two controllers");
        let notices: Vec<_> = run.world.notices().into_iter().map(|(_, notice)| notice).collect();
        let queued = run.entries.iter().filter_map(|entry| {
            let Fact::NoticeQueued(notice) = &entry.fact else { return None };
            Some(notice)
        });
        for notice in queued {
            assert!(notices.contains(notice), "nobody was told: {notice:?}");
        }
        let mut told: Vec<_> = notices.iter().map(|it| (&it.audience, &it.text)).collect();
        let all = told.len();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), all, "{notices:?}");
        assert!(notices.iter().any(|notice| notice.kind == NoticeKind::Alert));
    }
}
