//! The pure machine: no I/O, clock, randomness or await.

mod command;
mod phase_name;

pub use command::{Action, ApprovalTarget, Command};
pub use phase_name::PhaseName;
