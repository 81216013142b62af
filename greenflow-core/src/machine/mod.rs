//! The pure machine: no I/O, clock, randomness or await.
//!
//! [`Machine::handle_input`] decides and folds; [`Machine::poll_output`] is then drained to
//! [`Output::Wait`] before the next input.

mod command;
mod input;
mod machine;
mod output;
mod phase_name;
mod read;

pub use command::{Action, ApprovalTarget, Command};
pub use input::Input;
pub use machine::{Ended, Handled, InputError, Machine, ReplayError, Status};
pub use output::{Output, ReadOrder, Wait, WaitReason, WriteOrder};
pub use phase_name::PhaseName;
pub use read::{Read, Reading};
