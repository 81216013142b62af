//! Each oracle below is shown a history that breaks its guarantee, and one that does not.

use std::time::Duration;

use greenflow_core::fact::{
    Entry, Fact, Move, Outcome, OutcomeClass, RefusalReason, RollbackKind, RollbackReason, Write,
};
use greenflow_core::machine::{Action, Command};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::provider::SideState;
use greenflow_core::value::{
    Digest, EffectId, ResourceId, Revision, RolloutId, Severity, Side, Split, Timestamp, WallTime,
    Weight, Who,
};

use super::*;
use crate::world::{Cause, Landed, Weights};
use crate::{Operation, Rehearsal, World, WorldSpec};

fn plan() -> Plan {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(10, Duration::from_secs(300))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .retain(Duration::from_secs(3600))
        .remove_blue()
        .build()
        .unwrap()
}

/// A rollout that went as it should.
fn good() -> Vec<Entry> {
    Rehearsal::new(plan(), WorldSpec::healthy()).run(7).unwrap().entries
}

/// Returns what the journal oracles say of a history.
fn broken(entries: &[Entry]) -> Vec<&'static str> {
    // Without a world nobody can say what it showed when a split was confirmed.
    let given = Given { old_reads: true, ..Given::default() };
    let (mut oracles, mut story) = (all(), Story::new(given));
    let mut ids = Vec::new();
    for entry in entries {
        for oracle in &mut oracles {
            if oracle.fact(&story, entry).is_err() {
                ids.push(oracle.id());
            }
        }
        story.add_fact(entry.clone());
    }
    for oracle in &mut oracles {
        if oracle.at_end(&story).is_err() {
            ids.push(oracle.id());
        }
    }
    ids.dedup();
    ids
}

fn place(entries: &[Entry], like: impl Fn(&Fact) -> bool) -> usize {
    entries.iter().position(|entry| like(&entry.fact)).unwrap()
}

fn entry(entries: &[Entry], fact: Fact) -> Entry {
    Entry { fact, ..entries.last().unwrap().clone() }
}

fn raise(percent: u8) -> Write {
    Write::Raise { split: Split::to_green(Weight::from_percent(percent).unwrap()) }
}

fn intent(id: u64, write: Write) -> Fact {
    Fact::Intent { id: EffectId::new(id), write }
}

const fn is_raise(fact: &Fact) -> bool {
    matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. })
}

fn back() -> Fact {
    Fact::Moved(Move::RollBack(RollbackReason {
        kind: RollbackKind::Breach,
        text: String::new(),
        severity: Severity::Major,
        breach_at: None,
        who: None,
    }))
}

#[test]
fn a_good_journal_breaks_nothing() {
    assert_eq!(broken(&good()), Vec::<&str>::new());
}

#[test]
fn a_raise_out_of_place_or_to_another_step_is_seen() {
    let good = good();
    let first = place(&good, is_raise);
    let mut other = good.clone();
    other[first].fact = intent(3, raise(50));
    assert!(broken(&other).contains(&"S09"));
    let early = place(&good, |fact| matches!(fact, Fact::Moved(Move::Verify)));
    let mut early_raise = good[..=early].to_vec();
    early_raise.push(entry(&early_raise, intent(9, raise(10))));
    assert!(broken(&early_raise).contains(&"S07"));
}

#[test]
fn a_hold_cut_short_is_seen() {
    let mut short = good();
    let next = place(&short, |fact| matches!(fact, Fact::Moved(Move::Shift { step: 1 })));
    let observed = place(&short, |fact| matches!(fact, Fact::TrafficObserved { .. }));
    short[next].at = short[observed].at;
    assert!(broken(&short).contains(&"S10"));
}

#[test]
fn a_retention_cut_short_and_a_removal_in_the_wrong_phase_are_seen() {
    let mut short = good();
    let retire = place(&short, |fact| matches!(fact, Fact::Moved(Move::Retire)));
    short[retire].at = Timestamp::ZERO;
    assert!(broken(&short).contains(&"S17"));
    let is_retain = |fact: &Fact| matches!(fact, Fact::Moved(Move::Retain));
    let mut early = good();
    early.truncate(place(&early, is_retain) + 1);
    let foreign = vec![ResourceId::new("somebody-elses").unwrap()];
    let remove = Write::Remove { side: Side::Blue, resources: foreign };
    early.push(entry(&early, intent(90, remove)));
    let ids = broken(&early);
    for id in ["S17", "S21", "S26"] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
}

#[test]
fn a_way_back_without_a_word_or_with_compute_first_is_seen() {
    let good = good();
    let bake = place(&good, |fact| matches!(fact, Fact::Moved(Move::Bake)));
    let mut bad = good[..=bake].to_vec();
    bad.push(entry(&bad, back()));
    let remove = Write::Remove { side: Side::Green, resources: Vec::new() };
    bad.push(entry(&bad, intent(90, remove)));
    let ids = broken(&bad);
    for id in ["S18", "S19", "S48"] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
}

#[test]
fn nothing_follows_an_end_or_the_point_of_no_return() {
    let mut revived = good();
    revived.push(entry(&revived, Fact::Moved(Move::Preflight)));
    assert!(broken(&revived).contains(&"S37"));
    let good = good();
    let retire = place(&good, |fact| matches!(fact, Fact::Moved(Move::Retire)));
    let mut late = good[..=retire].to_vec();
    late.push(entry(&late, back()));
    let ids = broken(&late);
    assert!(ids.contains(&"S24") && ids.contains(&"S27"), "{ids:?}");
}

#[test]
fn an_abort_that_comes_to_nothing_is_seen() {
    let good = good();
    let bake = place(&good, |fact| matches!(fact, Fact::Moved(Move::Bake)));
    let mut deaf = good[..=bake].to_vec();
    let abort = Command::new(Who::new("Kim"), "no good", Action::Abort);
    deaf.push(entry(&deaf, Fact::Commanded(abort)));
    assert!(broken(&deaf).contains(&"S27"));
    let refusal = RefusalReason { problems: Vec::new(), who: None };
    deaf.push(entry(&deaf, Fact::Moved(Move::Refuse(refusal))));
    assert!(!broken(&deaf).contains(&"S27"));
}

#[test]
fn facts_that_do_not_follow_and_outcomes_without_intents_are_seen() {
    let mut gap = good();
    gap.remove(place(&gap, is_raise));
    let ids = broken(&gap);
    for id in ["S42", "S45", "S54"] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
}

/// Returns what the oracles say when, after `entries`, the world is so.
fn broken_world(entries: &[Entry], truth: impl Fn(&mut Truth)) -> Vec<&'static str> {
    let (mut oracles, mut story) = (all(), Story::new(Given::default()));
    let mut seen = World::new(&WorldSpec::healthy(), 1).truth();
    story.now = Duration::from_secs(100);
    for entry in entries {
        for oracle in &mut oracles {
            let _ = oracle.fact(&story, entry);
        }
        story.add_fact(entry.clone());
    }
    story.add_truth(&seen);
    story.now = Duration::from_secs(200);
    seen.at = story.now;
    truth(&mut seen);
    let found = oracles
        .iter_mut()
        .filter_map(|oracle| oracle.truth(&story, &seen).is_err().then(|| oracle.id()));
    found.collect()
}

fn landed(id: u64, operation: Operation, split: Option<Split>, removed: Option<Side>) -> Landed {
    Landed {
        operation,
        rollout: RolloutId::new("rehearsal-7").unwrap(),
        effect: Some(EffectId::new(id)),
        split,
        removed,
        accepted: true,
    }
}

#[test]
fn writes_that_nobody_meant_or_of_another_rollout_are_seen() {
    let good = good();
    let write = landed(77, Operation::SetSplit, Some(Split::ALL_GREEN), None);
    let foreign = Landed { rollout: RolloutId::new("other").unwrap(), ..write.clone() };
    let ids = broken_world(&good, |truth| truth.cause = Some(Cause::Write(write.clone())));
    assert_eq!(ids, ["S42"]);
    let ids = broken_world(&good, |truth| truth.cause = Some(Cause::Write(foreign.clone())));
    assert_eq!(ids, ["S28", "S42"]);
}

#[test]
fn a_raise_to_a_side_that_is_down_or_too_small_is_seen() {
    let good = good();
    let at = place(&good, is_raise);
    let Fact::Intent { id, write } = &good[at].fact else { unreachable!() };
    let write = landed(id.sequence(), Operation::SetSplit, write.split(), None);
    // The healthy world has no green at all yet.
    let ids = broken_world(&good[..=at], |truth| {
        truth.configured = vec![Weights { blue: 9000, green: 1000, other: 0 }];
        truth.cause = Some(Cause::Write(write.clone()));
    });
    assert!(ids.contains(&"S04"), "{ids:?}");
    let ids = broken_world(&good[..=at], |truth| {
        truth.configured = vec![Weights { blue: 0, green: 0, other: 0 }];
        truth.cause = Some(Cause::Write(write.clone()));
    });
    assert!(ids.contains(&"S01"), "{ids:?}");
}

#[test]
fn a_removal_in_use_and_beside_nothing_is_seen() {
    let good = good();
    let is_remove = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Remove { .. }, .. });
    let at = place(&good, is_remove);
    let Fact::Intent { id, .. } = &good[at].fact else { unreachable!() };
    let write = landed(id.sequence(), Operation::Remove, None, Some(Side::Blue));
    let ids = broken_world(&good[..=at], |truth| truth.cause = Some(Cause::Write(write.clone())));
    for id in ["S17", "S20", "S22"] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
}

#[test]
fn a_blue_below_its_pin_and_two_writes_at_a_time_are_seen() {
    let good = good();
    let bake = place(&good, |fact| matches!(fact, Fact::Moved(Move::Bake)));
    let ids = broken_world(&good[..=bake], |truth| {
        truth.sides.blue.pinned_at = Some(1);
        truth.most.balancer_writes = 2;
    });
    assert!(ids.contains(&"S05") && ids.contains(&"S50"), "{ids:?}");
}

#[test]
fn a_write_that_lands_after_its_certain_end_is_seen() {
    let good = good();
    let mut over = good[..=place(&good, is_raise)].to_vec();
    let Fact::Intent { id, write } = over.last().unwrap().fact.clone() else { unreachable!() };
    let outcome = Outcome {
        id,
        class: OutcomeClass::NotApplied,
        attempts: 1,
        last_sent_at: None,
        may_land_late: false,
        resources: Vec::new(),
        report: None,
        failure: None,
    };
    over.push(entry(&over, Fact::Outcome(outcome)));
    let write = landed(id.sequence(), Operation::SetSplit, write.split(), None);
    let ids = broken_world(&over, |truth| truth.cause = Some(Cause::Write(write.clone())));
    assert!(ids.contains(&"S40"), "{ids:?}");
}

#[test]
fn touching_anything_before_blue_is_recorded_is_seen() {
    let good = good();
    let blue = place(&good, |fact| matches!(fact, Fact::BlueRecorded(_)));
    let mut blind = good[..blue].to_vec();
    blind.push(entry(&blind, intent(1, Write::PinBlue { minimum: Some(1) })));
    assert!(broken(&blind).contains(&"S25"));
    let Fact::BlueRecorded(recorded) = good[blue].fact.clone() else { unreachable!() };
    let empty = SideState { resources: Vec::new(), ..recorded };
    blind.truncate(blue);
    blind.push(entry(&blind, Fact::BlueRecorded(empty)));
    assert!(broken(&blind).contains(&"S25"));
}

#[test]
fn times_are_only_labels() {
    let mut jumped = good();
    for entry in &mut jumped {
        entry.wall = WallTime::from_unix_millis(0);
    }
    assert_eq!(broken(&jumped), Vec::<&str>::new());
}
