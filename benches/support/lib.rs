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
