//! What the benchmarks share: the seed rollout as a journal, as inputs and as bare calls.

mod bare;
mod hand;
mod long;
mod outside;
mod seed;

pub use bare::BareLoop;
pub use hand::Recording;
pub use long::{frames, long_journal, read};
pub use seed::{SEED, entries, replay, seed_plan, spec};

/// Whether everything is to be measured, as under `cargo bench`; among the tests, and with
/// `-- --test`, a little is.
#[must_use]
pub fn in_full() -> bool {
    let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    has("--bench") && !has("--test")
}
