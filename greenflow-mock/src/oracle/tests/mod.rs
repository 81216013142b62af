//! Each oracle is shown a history that breaks its guarantee, and none that does not.
//!
//! A bad history is one that really happened, bent in one place. It must break its own guarantee
//! and nothing else, but for what the same deed breaks unavoidably; the history that it was made
//! of breaks nothing.

mod drift;
mod facts;
mod leases;
mod list;
mod removals;
mod tape;
mod world;

use std::collections::BTreeSet;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::value::WallTime;

use super::all;
use tape::{Told, good};

#[test]
fn every_oracle_has_a_history_that_it_rejects() {
    let shown: BTreeSet<&str> = list::list().iter().map(|bad| bad.id).collect();
    let all: BTreeSet<&str> = all().iter().map(|oracle| oracle.id()).collect();
    assert_eq!(shown, all);
}

#[test]
fn each_bad_history_is_rejected_by_its_oracle_alone() {
    let mut wrong = Vec::new();
    for (place, bad) in list::list().into_iter().enumerate() {
        let whole = (bad.from)().judged();
        if !whole.is_empty() {
            wrong.push(format!("{}: before it was bent: {whole:?}", bad.id));
        }
        let tape = (bad.bent)((bad.from)());
        let mut expected: BTreeSet<&str> = bad.with.iter().copied().collect();
        expected.insert(bad.id);
        if tape.broken() != expected {
            wrong.push(format!("{place}, {}: {:#?}", bad.id, tape.judged()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cut may leave while the journal is away; then its intent is told late, and another hand may
/// have undone it by then.
#[test]
fn a_cut_that_is_told_late_was_shown_when_it_landed_or_never() {
    let undone_before_it_is_told = |landed: bool| {
        let mut tape = facts::back();
        let cut = tape.place(|fact| matches!(fact, Fact::Intent { write, .. } if write.is_cut()));
        let is_truth = |told: &&Told| matches!(told, Told::Truth(_));
        let undone = tape.told[..cut].iter().rfind(is_truth).unwrap().clone();
        let intent = tape.told.remove(cut);
        let Told::Fact(Entry { fact: Fact::Intent { id, .. }, .. }) = &intent else {
            unreachable!()
        };
        let ends = |fact: &Fact| matches!(fact, Fact::Outcome(outcome) if outcome.id == *id);
        let ended = tape.place(ends);
        let outcome = tape.told.remove(ended);
        let landing = tape.landing(|landed| landed.effect == Some(*id));
        tape.told.splice(landing + 1..=ended, [undone, intent, outcome]);
        if !landed {
            tape.told.remove(landing);
        }
        tape.broken().contains("S02")
    };
    assert!(!undone_before_it_is_told(true));
    assert!(undone_before_it_is_told(false));
}

#[test]
fn wall_times_are_only_labels() {
    let mut tape = good();
    for told in &mut tape.told {
        if let Told::Fact(entry) = told {
            entry.wall = WallTime::from_unix_millis(0);
        }
    }
    assert_eq!(tape.judged(), []);
}
