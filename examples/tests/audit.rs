//! The example `audit`: it passes what is well, and finds what is planted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../audit.rs"]
mod audit;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::provider::{Create, Journal as _};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName, Split};
use greenflow_journal::SqliteJournal;
use greenflow_mock::{Rehearsal, WorldSpec};

#[test]
fn a_seed_rollout_breaks_nothing() {
    let (status, out, err) = audited("well", |_| {}, |_| {});
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("Completed    nothing"), "{out}");
}

#[test]
fn a_blue_that_went_before_anybody_saw_all_requests_on_green_is_found() {
    let all_green = |entry: &Entry| matches!(&entry.fact, Fact::TrafficObserved { split, .. } if *split == Split::ALL_GREEN);
    let unseen = |entries: &mut Vec<Entry>| entries.retain(|entry| !all_green(entry));
    let (status, out, _) = audited("planted", unseen, |_| {});
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("S17") && out.contains("nobody saw all requests on green"), "{out}");
}

#[test]
fn a_shift_that_nothing_allowed_is_found() {
    let ends = |entry: &Entry| matches!(&entry.fact, Fact::Moved(Move::Bake));
    let skip_bake = |entries: &mut Vec<Entry>| {
        let bake = entries.iter().position(ends).unwrap();
        let confirm =
            entries.iter().position(|entry| matches!(&entry.fact, Fact::Moved(Move::Confirm)));
        entries[confirm.unwrap()].at = entries[bake].at;
    };
    let (status, out, _) = audited("short-bake", skip_bake, |_| {});
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("S10") && out.contains("the bake ended after"), "{out}");
}

#[test]
fn a_flipped_bit_is_told_with_its_fact() {
    let flip = |frames: &mut Vec<Vec<u8>>| {
        let middle = frames[6].len() / 2;
        frames[6][middle] ^= 1;
    };
    let (status, out, _) = audited("damaged", |_| {}, flip);
    assert_eq!(status, 3, "{out}");
    assert!(out.contains("unreadable") && out.contains("fact 7"), "{out}");
}

#[test]
fn what_is_no_journal_is_refused_and_not_made() {
    let file = std::env::temp_dir().join("greenflow-audit-nothing-here.db");
    let (status, out, err) = run(&[file.to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (64, ""), "{err}");
    assert!(!file.exists());
    let text = std::env::temp_dir().join(format!("greenflow-audit-text-{}", std::process::id()));
    std::fs::create_dir(&text).unwrap();
    std::fs::write(
        text.join("journal.db"),
        "no database, but long enough to be read as one".repeat(9),
    )
    .unwrap();
    let (status, _, err) = run(&[text.join("journal.db").to_str().unwrap()]);
    std::fs::remove_dir_all(&text).unwrap();
    assert_eq!(status, 3, "{err}");
    let (status, _, err) = run(&["postgres://nobody@localhost:1/none"]);
    assert!([3, 64].contains(&status), "{err}");
}

/// Plants something in the facts of a seed rollout, and something in their frames, writes them to
/// a journal of their own, and audits that.
fn audited(
    name: &str,
    plant: impl FnOnce(&mut Vec<Entry>),
    damage: impl FnOnce(&mut Vec<Vec<u8>>),
) -> (u8, String, String) {
    let folder =
        std::env::temp_dir().join(format!("greenflow-audit-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let plan = greenflow_examples::seed_plan().unwrap();
    let spec = WorldSpec::healthy().without_trace();
    let mut entries = Rehearsal::new(plan, spec).run(1).unwrap().entries;
    plant(&mut entries);
    let file = write(&folder, entries, damage);
    let audited = run(&[file.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();
    audited
}

fn write(
    folder: &Path,
    mut entries: Vec<Entry>,
    damage: impl FnOnce(&mut Vec<Vec<u8>>),
) -> PathBuf {
    let Fact::Started(started) = &entries[0].fact else { panic!("no start") };
    let rollout: RolloutId = started.rollout.clone();
    let service: ServiceName = started.plan.service.clone();
    for (place, entry) in (1..).zip(&mut entries) {
        (entry.sequence, entry.epoch) = (place, 1);
    }
    let mut chain = Chain::of(&rollout);
    let mut frames: Vec<_> = entries.iter().map(|entry| chain.write(entry).unwrap()).collect();
    damage(&mut frames);
    let file = folder.join("journal.db");
    let journal = SqliteJournal::open(&file).unwrap();
    let owner = ControllerId::new("planter").unwrap();
    let request = Create { rollout, service, owner, ttl: Duration::from_secs(6), frames };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(journal.create(request)).unwrap();
    journal.close();
    file
}

fn run(arguments: &[&str]) -> (u8, String, String) {
    let arguments = ["audit"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = audit::run(arguments, &mut out, &mut err);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}
