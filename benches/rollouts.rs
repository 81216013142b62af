//! Whole seed rollouts through engine, journal and world, beside the same number of provider
//! calls made by a plain loop on the same clock: the difference is what we cost.
//!
//! `cargo bench -p greenflow-benches --bench rollouts`

use divan::Bencher;
use divan::counter::ItemsCount;
use greenflow_benches::{BareLoop, SEED, seed_plan, spec};
use greenflow_core::provider::Clock as _;
use greenflow_mock::Rehearsal;

fn main() {
    divan::main();
}

fn rehearsal() -> Option<Rehearsal> {
    seed_plan().ok().map(|plan| Rehearsal::new(plan, spec()))
}

/// A week and a day of a rollout: from its first checklist to the end of its watch.
#[divan::bench(sample_count = 20)]
fn seed_rollout(bencher: Bencher<'_, '_>) {
    let Some(rehearsal) = rehearsal() else { return };
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| rehearsal.run(SEED));
}

/// As many balancer, compute and metric calls over as much virtual time, and nothing else.
#[divan::bench(sample_count = 20)]
fn the_same_calls_in_a_bare_loop(bencher: Bencher<'_, '_>) {
    let Some(Ok(done)) = rehearsal().map(|rehearsal| rehearsal.run(SEED)) else { return };
    let took = done.world.clock().monotonic();
    let Ok(bare) = BareLoop::like(&done.world.calls(), took) else { return };
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| bare.run());
}
