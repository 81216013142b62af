//! The fold: equal facts give equal states, and what cannot be true is refused.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::phases::{Phase, ShiftStage};
use greenflow_core::machine::{Machine, ReplayError};
use greenflow_core::provider::StoredFrame;
use greenflow_core::value::{ControllerId, EffectId, Timestamp};

use super::journal::{Journal, phases};

fn replay(entries: &[Entry]) -> Result<Machine, ReplayError> {
    Machine::replay(entries.iter().cloned(), Arc::new(ThresholdJudge::new()))
}

#[test]
fn every_prefix_of_every_journal_folds_to_the_same_state_twice() {
    for (label, journal) in phases() {
        for length in 1..=journal.entries.len() {
            let prefix = &journal.entries[..length];
            let (one, two) = (replay(prefix).unwrap(), replay(prefix).unwrap());
            assert_eq!(one.state(), two.state(), "{label} at {length}");
            assert_eq!(one.head(), length as u64);
        }
    }
}

#[test]
fn time_that_nobody_watched_counts_toward_no_hold_and_no_bake() {
    let mut seen = Vec::new();
    for (label, journal) in phases() {
        let before = replay(&journal.entries).unwrap();
        let Some(since) = counted_since(before.state().phase()) else { continue };
        let mut entries = journal.entries.clone();
        let last = entries.last().unwrap().clone();
        let fact = Fact::EpochBegan {
            controller: ControllerId::new("next").unwrap(),
            engine: "0".to_owned(),
        };
        let away = Duration::from_secs(1200);
        let (sequence, epoch, at) = (last.sequence + 1, last.epoch + 1, last.at.after(away));
        entries.push(Entry { sequence, epoch, at, fact, ..last });
        let after = replay(&entries).unwrap();
        assert_eq!(counted_since(after.state().phase()), Some(since.after(away)), "{label}");
        seen.push(label);
    }
    assert!(seen.len() >= 2, "a hold and a bake: {seen:?}");
}

/// Since when a hold or a bake counts.
fn counted_since(phase: &Phase) -> Option<Timestamp> {
    if let Phase::Baking(phase) = phase {
        return Some(phase.since());
    }
    let Phase::Shifting(phase) = phase else { return None };
    let ShiftStage::Holding { since } = phase.stage() else { return None };
    Some(since)
}

#[test]
fn entries_survive_as_bytes() {
    for (_, journal) in phases() {
        let Fact::Started(started) = &journal.entries[0].fact else { panic!("not started") };
        let (mut writer, mut reader) = (Chain::of(&started.rollout), Chain::of(&started.rollout));
        for entry in &journal.entries {
            let frame = writer.write(entry).unwrap();
            let stored = StoredFrame { sequence: entry.sequence, epoch: entry.epoch, frame };
            assert_eq!(&reader.read(&stored).unwrap(), entry);
        }
        assert_eq!(writer, reader);
    }
}

#[test]
fn a_journal_that_cannot_be_is_refused() {
    let (_, journal) = phases().remove(7);
    let entries = journal.entries;
    assert_eq!(replay(&[]).unwrap_err(), ReplayError::Empty);
    assert!(replay(&entries[1..]).is_err(), "the first fact is missing");
    for dropped in 1..entries.len() {
        let mut gap = entries.clone();
        gap.remove(dropped);
        let is_tail = dropped == entries.len() - 1;
        assert_eq!(replay(&gap).is_err(), !is_tail, "fact {dropped} is missing");
        let mut twice = entries.clone();
        twice.insert(dropped, entries[dropped].clone());
        assert!(replay(&twice).is_err(), "fact {dropped} is there twice");
        let mut swapped = entries.clone();
        swapped.swap(dropped, dropped - 1);
        assert!(replay(&swapped).is_err(), "fact {dropped} came too early");
    }
}

#[test]
fn a_plan_without_its_hash_is_refused() {
    let mut entries = Journal::start().entries;
    let Fact::Started(started) = &mut entries[0].fact else { panic!("not started") };
    started.plan.zone = "Europe/Paris".to_owned();
    assert!(replay(&entries).unwrap_err().to_string().contains("hash"));
}

#[test]
fn an_epoch_never_goes_back() {
    let mut journal = Journal::start().go(Move::Preflight);
    journal.entries[0].epoch = 2;
    assert!(replay(&journal.entries).is_err());
}

#[test]
fn an_outcome_needs_its_intent() {
    let controller = ControllerId::new("c").unwrap();
    let began = Fact::EpochBegan { controller, engine: String::new() };
    let journal = Journal::start().then(began);
    let (_, with_write) = phases().remove(6);
    let outcome = with_write.entries.iter().rev().find_map(|entry| match &entry.fact {
        Fact::Outcome(outcome) => Some(outcome.clone()),
        _ => None,
    });
    let mut outcome = outcome.unwrap();
    outcome.id = EffectId::new(1);
    assert!(replay(&journal.then(Fact::Outcome(outcome)).entries).is_err());
}
