//! What the examples share.

mod seed_plan;

pub use seed_plan::seed_plan;
