//! Instructions of the machine alone, counted by valgrind: the same on every run, however busy the
//! computer is.
//!
//! `cargo bench -p greenflow-benches --bench instructions`
//!
//! It needs valgrind and gungraun's runner; `benches/README.md` says how to get them. What is
//! measured takes over the recording and gives it back, so that dropping it is not counted.

#![expect(
    missing_docs,
    unused_qualifications,
    reason = "what gungraun's macros make has no documentation, and long names"
)]

use std::hint::black_box;

use greenflow_benches::{Recording, entries, replay};
use greenflow_core::fact::Entry;
use greenflow_core::machine::{Machine, ReplayError};
use gungraun::prelude::*;

// Every input of the seed rollout to a new machine: decide, fold, drain.
#[library_benchmark]
#[bench::seed(setup = recording)]
fn inputs_of_a_seed_rollout(recording: Recording) -> Recording {
    assert_eq!(black_box(recording.play()).ok(), Some(recording.facts()));
    recording
}

// The fold alone, as a controller does that takes the seed rollout over.
#[library_benchmark]
#[bench::seed(setup = journal)]
fn facts_of_a_replay(entries: Vec<Entry>) -> (Vec<Entry>, Result<Machine, ReplayError>) {
    let machine = black_box(replay(black_box(&entries)));
    (entries, machine)
}

#[expect(clippy::expect_used, reason = "without it there is nothing to measure")]
fn recording() -> Recording {
    Recording::of_seed_rollout().expect("the seed rollout completes")
}

#[expect(clippy::expect_used, reason = "without it there is nothing to measure")]
fn journal() -> Vec<Entry> {
    entries().expect("the seed rollout completes")
}

library_benchmark_group!(
    name = machine,
    benchmarks = [inputs_of_a_seed_rollout, facts_of_a_replay]
);

main!(library_benchmark_groups = machine);
