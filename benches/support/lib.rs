//! What the benchmarks share: the seed rollout as a journal, as inputs and as bare calls.

mod bare;
mod hand;
mod outside;
mod seed;

pub use bare::BareLoop;
pub use hand::Recording;
pub use seed::{SEED, entries, replay, seed_plan, spec};
