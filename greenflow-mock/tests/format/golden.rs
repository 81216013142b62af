//! The golden journals: each is read, folded and begun with at every prefix.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Input, Machine, Output, ReplayError};
use greenflow_core::provider::StoredFrame;
use greenflow_core::value::{ControllerId, EffectId, Now};

use super::life::{Life, rollout, seed_plan};

/// Every golden journal there is. Names are added and never taken away.
const GOLDEN: [&str; 1] = ["v1-seed-plan"];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/format/golden").join(name)
}

/// Reads the frames of a golden journal.
pub(crate) fn golden(name: &str) -> Vec<StoredFrame> {
    let text = fs::read_to_string(path(&format!("{name}.hex"))).unwrap();
    let parse = |(sequence, line): (u64, &str)| {
        let (epoch, hex) = line.split_once(' ').unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let frame = (0..hex.len()).step_by(2).map(byte).collect();
        StoredFrame { sequence, epoch: epoch.parse().unwrap(), frame }
    };
    (1..).zip(text.lines()).map(parse).collect()
}

pub(crate) fn replay(entries: &[Entry]) -> Result<Machine, ReplayError> {
    Machine::replay(entries.iter().cloned(), Arc::new(ThresholdJudge::new()))
}

/// Says where each prefix leads.
fn folded(entries: &[Entry]) -> String {
    let mut text = String::new();
    for (length, entry) in (1..).zip(entries) {
        let machine = replay(&entries[..length]).unwrap();
        let (phase, standing) = (machine.phase_name(), machine.standing());
        let lock = if standing.locks_service { "locked" } else { "free" };
        let split = machine.status().observed.map(|split| format!(" {split}")).unwrap_or_default();
        writeln!(text, "{length} {} {phase} {lock}{split}", entry.fact.name()).unwrap();
    }
    text
}

/// Writes the golden journal of this release, once: `GREENFLOW_WRITE_GOLDEN=v1-seed-plan`.
#[test]
fn a_golden_journal_is_written_only_when_it_is_asked_for_and_new() {
    let Ok(name) = std::env::var("GREENFLOW_WRITE_GOLDEN") else { return };
    assert!(!path(&format!("{name}.hex")).exists(), "golden journals are never written again");
    let life = Life::new(seed_plan());
    life.to_the_end().unwrap();
    let frames = life.frames();
    let mut text = String::new();
    for StoredFrame { epoch, frame, .. } in &frames {
        let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(text, "{epoch} {hex}").unwrap();
    }
    let entries = Chain::of(&rollout()).read_all(&frames).unwrap();
    fs::write(path(&format!("{name}.hex")), text).unwrap();
    fs::write(path(&format!("{name}.fold")), folded(&entries)).unwrap();
}

#[test]
fn every_golden_journal_is_read_and_would_be_written_the_same() {
    for name in GOLDEN {
        let frames = golden(name);
        let entries = Chain::of(&rollout()).read_all(&frames).unwrap();
        let mut chain = Chain::of(&rollout());
        for (stored, entry) in frames.iter().zip(&entries) {
            assert_eq!(chain.write(entry).unwrap(), stored.frame, "{name}: {}", entry.sequence);
        }
    }
}

#[test]
fn every_prefix_of_every_golden_journal_folds_to_where_it_led_when_it_was_written() {
    for name in GOLDEN {
        let entries = Chain::of(&rollout()).read_all(&golden(name)).unwrap();
        let then = fs::read_to_string(path(&format!("{name}.fold"))).unwrap();
        assert_eq!(folded(&entries), then, "{name}");
    }
}

#[test]
fn a_controller_begins_on_every_prefix_and_repeats_only_what_was_under_way() {
    for name in GOLDEN {
        let frames = golden(name);
        for length in 1..=frames.len() {
            let mut chain = Chain::of(&rollout());
            let entries = chain.read_all(&frames[..length]).unwrap();
            begin(&entries, &mut chain).unwrap_or_else(|what| panic!("{name} at {length}: {what}"));
        }
    }
}

/// Begins on these facts as a controller does, and looks at everything that the machine wants.
fn begin(entries: &[Entry], chain: &mut Chain) -> Result<(), String> {
    let mut machine = replay(entries).map_err(|error| error.to_string())?;
    let last = &entries[entries.len() - 1];
    let mut under_way: BTreeMap<EffectId, Write> = BTreeMap::new();
    for entry in entries {
        follow(&entry.fact, &mut under_way);
    }
    let had_ended = machine.outcome().is_some();
    machine.set_epoch(last.epoch + 1);
    let controller = ControllerId::new("next").unwrap();
    let taken = machine.handle_input(Now::new(last.at, last.wall), Input::Began { controller });
    let _ = taken.map_err(|error| error.to_string())?;
    let mut facts = Vec::new();
    loop {
        match machine.poll_output() {
            Output::Append(entry) => {
                chain.write(&entry).map_err(|error| error.to_string())?;
                follow(&entry.fact, &mut under_way);
                facts.push(entry.fact.name());
            }
            Output::Write(order) => {
                if under_way.get(&order.id) != Some(&order.write) {
                    return Err(format!("{order:?} was never intended, or has ended"));
                }
            }
            Output::StopWrite(id) => return Err(format!("{id} is stopped")),
            Output::Read(_) | Output::Notify(_) => {}
            Output::Wait(wait) => {
                let ended = machine.outcome().is_some();
                let begun = facts.first() == Some(&"epoch_began");
                // Who only waits writes that it began with its first fact.
                let only_waits = facts.is_empty() && under_way.is_empty();
                // It may find the rollout at its end, but never with a write under way.
                let loose = ended && !under_way.is_empty();
                if ended != wait.finished || (begun == had_ended && !only_waits) || loose {
                    return Err(format!("{wait:?} after {facts:?}"));
                }
                return Ok(());
            }
        }
    }
}

fn follow(fact: &Fact, under_way: &mut BTreeMap<EffectId, Write>) {
    if let Fact::Intent { id, write } = fact {
        under_way.insert(*id, write.clone());
    }
    if let Fact::Outcome(outcome) = fact {
        under_way.remove(&outcome.id);
    }
}
