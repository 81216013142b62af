//! Journals of other releases: what need not be understood is kept, the rest is refused by name.

use greenflow_core::fact::frame::{Chain, FORMAT, FrameError, KNOWN_KINDS, Needs};
use greenflow_core::fact::{Entry, Fact};
use greenflow_core::machine::State;
use greenflow_core::provider::StoredFrame;
use greenflow_core::record::Record;

use super::golden::{golden, replay};
use super::life::{apart, chained, essential, optional, rollout, with_another};

fn read(frames: &[StoredFrame]) -> Result<Vec<Entry>, FrameError> {
    Chain::of(&rollout()).read_all(frames)
}

/// The state as text, without the count of its facts.
fn state(state: &State) -> String {
    let text = format!("{state:?}");
    let counted = format!("head: {}, ", state.head());
    assert!(text.contains(&counted), "{text}");
    text.replacen(&counted, "", 1)
}

#[test]
fn an_optional_fact_at_any_place_is_kept_and_changes_nothing() {
    let frames = golden("v1-seed-plan");
    let plain = read(&frames).unwrap();
    let (end, record) = (replay(&plain).unwrap(), Record::from_entries(&plain).unwrap());
    for after in 1..=frames.len() {
        let newer = with_another(&frames, after, optional);
        let entries = read(&newer).unwrap();
        assert!(matches!(&entries[after].fact, Fact::Unknown(fact) if fact.kind() == "weather"));

        let mut chain = Chain::of(&rollout());
        for (stored, entry) in newer.iter().zip(&entries) {
            assert_eq!(chain.write(entry).unwrap(), stored.frame, "after {after}");
        }
        let (here, before) = (replay(&entries[..=after]), replay(&plain[..after]));
        assert_eq!(state(here.unwrap().state()), state(before.unwrap().state()), "after {after}");
        let whole = replay(&entries).unwrap();
        assert_eq!(whole.head(), end.head() + 1);
        assert_eq!(state(whole.state()), state(end.state()), "after {after}");

        let mut shown = Record::from_entries(&entries).unwrap();
        let unknown = std::mem::take(&mut shown.unknown);
        assert_eq!((unknown.len(), unknown[0].sequence), (1, after as u64 + 1));
        assert_eq!(shown, record, "after {after}");
    }
}

#[test]
fn an_essential_fact_at_any_place_is_refused_by_its_name() {
    let frames = golden("v1-seed-plan");
    for after in 0..=frames.len() {
        let newer = with_another(&frames, after, essential);
        let (sequence, kind) = (after as u64 + 1, "lent".to_owned());
        let needs = Needs::Kind { sequence, kind, format: FORMAT };
        assert_eq!(read(&newer).unwrap_err(), needs.into());
        assert!(read(&newer[..after]).is_ok());
    }
}

#[test]
fn a_newer_format_at_any_place_is_refused_by_its_number() {
    let frames = golden("v1-seed-plan");
    for after in 0..=frames.len() {
        let newer = with_another(&frames, after, |raw| raw.format = FORMAT + 1);
        let needs = Needs::Format { sequence: after as u64 + 1, format: FORMAT + 1 };
        assert_eq!(read(&newer).unwrap_err(), needs.into());
    }
}

/// To an older release, a kind that came later is one that it has no name for.
#[test]
fn a_release_that_lacks_any_kind_reads_up_to_it_and_refuses_it_by_its_name() {
    let frames = golden("v1-seed-plan");
    let mut met = 0;
    for lacked in KNOWN_KINDS {
        let mut older = apart(&frames);
        let Some(first) = older.iter().position(|raw| raw.kind == lacked) else { continue };
        met += 1;
        let name = format!("later_{lacked}");
        for raw in older.iter_mut().filter(|raw| raw.kind == lacked) {
            raw.kind.clone_from(&name);
        }
        let older = chained(older);
        let needs = Needs::Kind { sequence: first as u64 + 1, kind: name, format: FORMAT };
        assert_eq!(read(&older).unwrap_err(), needs.into());
        let before = read(&older[..first]).unwrap();
        assert!(before.is_empty() || replay(&before).is_ok(), "{lacked}");
    }
    assert!(met >= 10, "{met} kinds");
}

#[test]
fn a_journal_does_not_begin_with_what_nobody_understands() {
    let newer = with_another(&golden("v1-seed-plan"), 0, optional);
    let entries = read(&newer).unwrap();
    assert!(replay(&entries).unwrap_err().to_string().contains("unknown"));
}
