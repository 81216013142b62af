//! A plan rehearsed as often as you like, against a hostile world.

mod finding;
mod many;
mod one;
mod report;
mod shrink;
mod spread;

pub use finding::Finding;
pub use many::{Sweep, SweepError};
pub use report::{SweepReport, WorstRun};
pub use spread::Spread;

#[cfg(test)]
mod tests;
