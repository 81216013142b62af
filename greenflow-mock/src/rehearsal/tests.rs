use std::time::Duration;

use greenflow_core::engine::EngineError;
use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::{Analysis, FaultPolicy, Limit, Plan, PlanBuilder};
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Digest, Revision, Side, Split, Weight};

use super::{Kill, Rehearsal, RehearsalError, Rehearsed, Rival, Starts};
use crate::faults::{Fault, FaultKind};
use crate::world::{AnswerChange, Change, Ending, Planned, RouterChange, SideChange, Trigger};
use crate::{Damage, Operation, WorldSpec};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn plan() -> Plan {
    builder().build().unwrap()
}

fn builder() -> PlanBuilder {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(10, 10 * MINUTE)
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(SECOND))
        .bake(5 * MINUTE)
        .retain(10 * MINUTE)
        .remove_blue()
        .watch(60 * MINUTE)
}

fn rehearse(spec: WorldSpec) -> Result<Rehearsed, RehearsalError> {
    Rehearsal::new(plan(), spec).watched().run(7)
}

fn killed(kills: &[Kill]) -> Result<Rehearsed, RehearsalError> {
    rehearse(kills.iter().fold(WorldSpec::healthy(), |spec, kill| spec.with_kill(*kill)))
}

/// When each controller began, in rollout time.
fn begun(entries: &[Entry]) -> Vec<Duration> {
    let begun = entries.iter().filter(|entry| matches!(entry.fact, Fact::EpochBegan { .. }));
    begun.map(|entry| Duration::from_millis(entry.at.as_millis())).collect()
}

fn entered(entries: &[Entry], phase: PhaseName) -> Duration {
    let enters =
        |entry: &&Entry| matches!(&entry.fact, Fact::Moved(to) if to.target() == Some(phase));
    Duration::from_millis(entries.iter().find(enters).unwrap().at.as_millis())
}

#[test]
fn a_world_with_wall_times_is_not_moved_and_another_is() {
    let dated = |at: &str| {
        let text = format!("[[change]]\nrate = 100\nwhen = {{ {at} }}");
        WorldSpec::from_toml(&text).unwrap()
    };
    // A plan of another day than the world's own.
    let begins = WorldSpec::healthy().begins().after(240 * 60 * MINUTE);
    let begun = |spec: &WorldSpec| {
        let plan = builder().preflight_at(begins).build().unwrap();
        Rehearsal::new(plan, spec.clone()).spec().begins()
    };
    assert_eq!(begun(&dated("elapsed = \"1h\"")), begins.before(9 * 60 * MINUTE));
    let at = dated("at = \"2026-02-19 09:30\"");
    assert_eq!(begun(&at), WorldSpec::healthy().begins());
    let on_the_day = Trigger::Elapsed(240 * 60 * MINUTE + 30 * MINUTE);
    assert_eq!(at.changes[0].when, on_the_day);
    let mut said = WorldSpec::healthy();
    said.start = Some(said.begins());
    assert_eq!(begun(&said), said.begins());
}

#[test]
fn the_shortest_assessment_that_a_plan_may_have_confirms_a_breach() {
    for (shortest, delay, needed) in [(10, 5, 35), (10, 200, 35), (120, 60, 125)] {
        let within = |seconds: u32| {
            let assess_within = seconds * SECOND;
            let faults = FaultPolicy { assess_within, ..FaultPolicy::default() };
            let watched = Analysis::every(2 * MINUTE);
            let plan = builder().shift_analysis(watched.clone()).bake_analysis(watched);
            let bad = Change::Side(Side::Green, SideChange::Errors(0.3));
            let mut spec = WorldSpec::healthy()
                .with_change(Trigger::green_at(Weight::from_percent(10).unwrap()), bad);
            spec.metrics_shortest = shortest * SECOND;
            spec.metrics_delay = delay * SECOND;
            Rehearsal::new(plan.faults(faults).build().unwrap(), spec)
        };
        if needed > 35 {
            assert!(within(needed - 1).check().is_err(), "{shortest} s, {delay} s");
        }
        let done = within(needed).run(7).unwrap();
        let mut back = done.entries.iter().filter_map(|entry| {
            let Fact::Moved(Move::RollBack(reason)) = &entry.fact else { return None };
            Some(reason.text.clone())
        });
        let why = back.next().unwrap();
        assert!(why.contains("error-rate"), "{why}");
        assert!(!why.contains("no verdict"), "{shortest} s, {delay} s: {why}");
    }
}

#[test]
fn a_kill_strikes_in_its_phase_and_another_comes_when_it_says() {
    let kill = Kill::new(PhaseName::Shifting, 100 * SECOND, 30 * SECOND);
    let done = killed(&[kill]).unwrap();
    assert_eq!((done.ended, done.violations), (Ended::Completed, vec![]));
    let (begun, shifting) = (begun(&done.entries), entered(&done.entries, PhaseName::Shifting));
    assert_eq!(begun.len(), 2, "{begun:?}");
    let came = begun[1] - shifting;
    assert!((130 * SECOND..132 * SECOND).contains(&came), "{came:?}");
}

#[test]
fn a_kill_still_strikes_when_one_that_was_stopped_has_ended_meanwhile() {
    let stopped = Kill::new(PhaseName::Provisioning, SECOND, SECOND).only_stopped_for(3 * MINUTE);
    // By then the stopped one has gone on and found that another acts, and the phase has begun.
    let later = Kill::new(PhaseName::Shifting, 8 * MINUTE, 30 * SECOND);
    let done = killed(&[stopped, later]).unwrap();
    assert_eq!((done.ended, done.violations), (Ended::Completed, vec![]));
    let (begun, shifting) = (begun(&done.entries), entered(&done.entries, PhaseName::Shifting));
    assert_eq!(begun.len(), 3, "{begun:?}");
    assert!(begun[2] - shifting > 8 * MINUTE, "{begun:?} after {shifting:?}");
}

#[test]
fn a_controller_that_was_killed_has_no_memory_and_one_that_was_dropped_has() {
    // Whoever reads the journal again would find the damage.
    let kill = Kill::new(PhaseName::Retaining, 5 * MINUTE, 20 * SECOND);
    let damaged = kill.leaving(Damage::Flipped { bit: 4000 });
    assert!(matches!(killed(&[damaged]), Err(RehearsalError::Unreadable(_))));
    let done = killed(&[kill.only_dropped()]).unwrap();
    assert_eq!((done.ended, done.violations), (Ended::Completed, vec![]));
}

#[test]
fn a_fact_that_is_lost_in_a_crash_was_there_for_the_call_that_relied_on_it() {
    let (mut refused, mut gone_on_with) = (0, 0);
    for fact in 0..30 {
        let kill = Kill::new(PhaseName::Provisioning, Duration::ZERO, 20 * SECOND);
        let spec = WorldSpec::healthy().with_kill(kill.leaving(Damage::Lost { fact }));
        // What has left a controller is judged at the next event of the world.
        let later = Trigger::Phase { phase: PhaseName::Provisioning, after: SECOND };
        let spec = spec.with_planned(Planned::new(later, Change::Demand(50.0)));
        let violations = match rehearse(spec) {
            Err(RehearsalError::Unreadable(unreadable)) => {
                refused += 1;
                unreadable.violations
            }
            done => {
                gone_on_with += 1;
                done.unwrap().violations
            }
        };
        assert_eq!(violations, [], "without fact {fact}");
    }
    assert!(refused > 20, "{refused} were refused, {gone_on_with} gone on with");
}

#[test]
fn another_release_may_add_what_it_likes_to_a_rollout_that_has_ended() {
    let damage = Damage::Newer { essential: false };
    let kill = Kill::new(PhaseName::Completed, 5 * SECOND, 20 * SECOND).leaving(damage);
    // Its last notice keeps the controller at work.
    let silent = Change::Answer(AnswerChange::Notifier(Ending::Hangs));
    let silent = Planned::new(Trigger::on(PhaseName::Watching), silent);
    let done = rehearse(WorldSpec::healthy().with_kill(kill).with_planned(silent)).unwrap();
    assert_eq!((done.ended, done.violations), (Ended::Completed, vec![]));
    let unknown = |entry: &Entry| matches!(entry.fact, Fact::Unknown(_));
    assert!(done.entries.iter().any(unknown));
}

#[test]
fn a_journal_that_can_be_read_after_a_crash_is_gone_on_with() {
    let sound = [
        Damage::Torn { kept: 0 },
        Damage::Torn { kept: 1000 },
        Damage::Unsynced,
        Damage::Newer { essential: false },
    ];
    for damage in sound {
        for phase in [PhaseName::Provisioning, PhaseName::Shifting, PhaseName::Retiring] {
            let done =
                killed(&[Kill::new(phase, Duration::ZERO, 20 * SECOND).leaving(damage)]).unwrap();
            assert_eq!(done.violations, [], "{damage:?} in {phase}");
            assert_eq!(done.ended, Ended::Completed, "{damage:?} in {phase}");
            assert!(begun(&done.entries).len() > 1, "{damage:?} in {phase}: nobody died");
        }
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_refused_by_everybody_with_a_page_and_nothing_done() {
    let broken = [
        (Damage::Torn { kept: 999 }, false),
        (Damage::Torn { kept: 1 }, false),
        (Damage::Flipped { bit: 77_777 }, false),
        (Damage::Lost { fact: 5 }, false),
        (Damage::Doubled { fact: 5 }, false),
        (Damage::Newer { essential: true }, true),
        (Damage::NewerFormat, true),
    ];
    for (damage, too_new) in broken {
        for phase in [PhaseName::Provisioning, PhaseName::Shifting, PhaseName::Retiring] {
            let kill = Kill::new(phase, Duration::ZERO, 20 * SECOND).leaving(damage);
            let Err(RehearsalError::Unreadable(refused)) = killed(&[kill]) else {
                panic!("{damage:?} in {phase} was not refused");
            };
            assert_eq!(refused.violations, [], "{damage:?} in {phase}");
            let newer = matches!(refused.error, EngineError::JournalTooNew { .. });
            let damaged = matches!(refused.error, EngineError::Unreadable { .. });
            assert!(if too_new { newer } else { damaged }, "{damage:?}: {:?}", refused.error);
            let notices = refused.world.notices();
            let pages = notices.iter().filter(|(_, notice)| notice.kind == NoticeKind::Page);
            assert!(pages.count() > 0, "{damage:?} in {phase}: nobody was told");
        }
    }
}

#[test]
fn whoever_starts_something_while_a_service_is_rolled_out_is_turned_away() {
    let all = [
        Starts::Another,
        Starts::Again,
        Starts::OtherImage,
        Starts::OtherSteps,
        Starts::OtherLimits,
    ];
    let phases = [
        PhaseName::Scheduled,
        PhaseName::Preflight,
        PhaseName::Provisioning,
        PhaseName::Verifying,
        PhaseName::Shifting,
        PhaseName::Baking,
        PhaseName::Confirming,
        PhaseName::Retaining,
        PhaseName::Retiring,
    ];
    for starts in all {
        let rivals = phases.map(|phase| Rival::new(phase, Duration::ZERO, starts));
        let spec = rivals.iter().fold(WorldSpec::healthy(), |spec, rival| spec.with_rival(*rival));
        let done = rehearse(spec).unwrap();
        assert_eq!((done.ended, done.violations), (Ended::Completed, vec![]), "{starts:?}");
        assert_eq!(done.turned_away, 9, "{starts:?}");
        let step = |entry: &Entry| matches!(entry.fact, Fact::Moved(Move::Shift { step: 1 }));
        assert!(done.entries.iter().any(step), "{starts:?}: it keeps to its own plan");
    }
    let late = Rival::new(PhaseName::Watching, MINUTE, Starts::Another);
    assert_eq!(rehearse(WorldSpec::healthy().with_rival(late)).unwrap().turned_away, 0);
}

#[test]
fn what_another_hand_sets_while_a_raise_is_tried_is_seen_and_not_overwritten() {
    for second in [false, true] {
        // The first raise, or the second, is refused for five minutes; meanwhile somebody sets a
        // third of the traffic to green.
        let begins = if second {
            Trigger::Green { at_least: Weight::from_percent(10).unwrap(), after: 9 * MINUTE }
        } else {
            Trigger::on(PhaseName::Shifting)
        };
        let refused =
            Fault::new(FaultKind::Outage).on(Operation::SetSplit).from(begins).lasting(5 * MINUTE);
        let third = Split::to_green(Weight::from_percent(33).unwrap());
        let when = begins.later(2 * MINUTE);
        let hand = Change::Router(RouterChange::Split(third));
        let spec = WorldSpec::healthy().with_fault(refused).with_change(when, hand);
        let done = rehearse(spec).unwrap();
        assert_eq!(done.violations, [], "second: {second}");
        let drifted = |entry: &&Entry| matches!(entry.fact, Fact::Drifted { .. });
        let seen = done.entries.iter().find(drifted).unwrap();
        let raise = |entry: &&Entry| {
            matches!(entry.fact, Fact::Intent { write: Write::Raise { .. }, .. })
                && entry.sequence < seen.sequence
        };
        let tried = done.entries.iter().rfind(raise).unwrap();
        let took = Duration::from_millis(seen.at.as_millis() - tried.at.as_millis());
        assert!(took < 4 * MINUTE, "second: {second}: it took {took:?}");
        assert_eq!(done.ended, Ended::Stuck, "nobody says whose split it shall be");
    }
}

/// People and the passing of time begin a process each time, and it ends as it would in one.
#[test]
fn a_rollout_of_many_short_processes_ends_as_one_of_a_long_one() {
    let seed = Plan::from_toml(include_str!("../../../examples/plans/greenflow.toml")).unwrap();
    let run = |spec| Rehearsal::new(seed.clone(), spec).watched().run(1).unwrap();
    let long = run(WorldSpec::healthy());
    let short = run(WorldSpec::healthy().ending_parked());
    assert_eq!(short.violations, Vec::new());
    assert_eq!((short.ended, long.ended), (Ended::Completed, Ended::Completed));
    let took = |run: &Rehearsed| run.entries.last().unwrap().wall.since(run.entries[0].wall);
    let later = took(&short).saturating_sub(took(&long));
    assert!(later < 60 * MINUTE, "{later:?} later");
    assert!(short.said.iter().all(|said| said.answer.is_ok()), "{:?}", short.said);
    assert_eq!(short.said.len(), long.said.len());
}
