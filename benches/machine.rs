//! The machine alone: no engine, journal, world or runtime.
//!
//! `cargo bench -p greenflow-benches --bench machine`

use divan::Bencher;
use divan::counter::ItemsCount;
use greenflow_benches::{Recording, entries, replay};

fn main() {
    divan::main();
}

/// Every input of the seed rollout to a new machine: decide, fold, drain.
#[divan::bench]
fn inputs_of_a_seed_rollout(bencher: Bencher<'_, '_>) {
    let Ok(recording) = Recording::of_seed_rollout() else { return };
    bencher.counter(ItemsCount::new(recording.inputs())).bench_local(|| recording.play());
}

/// The same rollout, counted by the facts it leads to.
#[divan::bench]
fn facts_of_a_seed_rollout(bencher: Bencher<'_, '_>) {
    let Ok(recording) = Recording::of_seed_rollout() else { return };
    bencher.counter(ItemsCount::new(recording.facts())).bench_local(|| recording.play());
}

/// The fold alone, as a controller does that takes the seed rollout over.
#[divan::bench]
fn facts_of_a_replay(bencher: Bencher<'_, '_>) {
    let Ok(entries) = entries() else { return };
    bencher.counter(ItemsCount::new(entries.len())).bench_local(|| replay(&entries));
}
