//! A journal of 10,000 facts, the most that a rollout may have: written as frames, read, folded.
//!
//! `cargo bench -p greenflow-benches --bench facts`

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use greenflow_benches::{frames, long_journal, read, replay};

fn main() {
    divan::main();
}

/// The most facts that a rollout may have.
const FACTS: usize = 10_000;

/// The fold, with a copy of each fact.
#[divan::bench]
fn fold(bencher: Bencher<'_, '_>) {
    let Ok(entries) = long_journal(FACTS) else { return };
    bencher.counter(ItemsCount::new(FACTS)).bench_local(|| replay(&entries).is_ok());
}

/// Frames to facts: length, checksum, chain, and the JSON read and compared.
#[divan::bench]
fn read_frames(bencher: Bencher<'_, '_>) {
    let Ok(frames) = long_journal(FACTS).and_then(|entries| frames(&entries)) else { return };
    let bytes: usize = frames.iter().map(|stored| stored.frame.len()).sum();
    bencher
        .counter(ItemsCount::new(FACTS))
        .counter(BytesCount::new(bytes))
        .bench_local(|| read(&frames).is_ok());
}

/// Facts to frames.
#[divan::bench]
fn write_frames(bencher: Bencher<'_, '_>) {
    let Ok(entries) = long_journal(FACTS) else { return };
    bencher.counter(ItemsCount::new(FACTS)).bench_local(|| frames(&entries).is_ok());
}
