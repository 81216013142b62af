//! What the examples share: the seed plan in code, the rehearsal of a plan in a simulated world
//! with its timeline, a world in a folder, controllers in processes of their own, audits, and a
//! rollout on AWS.

pub mod audit;
#[cfg(feature = "aws")]
pub mod ecs;
pub mod file_provider;
mod input;
pub mod process;
mod rehearsal;
mod seed_plan;
mod summary;
mod sweep_table;
mod timeline;

pub use input::{BadInput, built_in_plan, built_in_world, read_plan, read_world};
pub use rehearsal::{Played, Rehearsal, RehearsalError};
pub use seed_plan::seed_plan;
pub use summary::summary;
pub use sweep_table::sweep_table;
