//! The pure machine: no I/O, clock, randomness or await.
//!
//! [`Machine::handle_input`] decides and folds; [`Machine::poll_output`] is then drained to
//! [`Output::Wait`] before the next input.

mod absorb;
mod admit;
mod command;
mod cx;
mod decide;
mod drive;
mod input;
#[expect(clippy::module_inception, reason = "the machine is the module's main type")]
mod machine;
mod observe;
mod output;
mod phase_name;
pub mod phases;
mod read;
mod rejected;
pub mod state;
pub mod table;
mod words;

pub use command::{Action, ApprovalTarget, Command};
pub use input::Input;
pub use machine::{MACHINE_VERSION, Machine, ReplayError};
pub use output::{Output, ReadOrder, Wait, WaitReason, WriteOrder};
pub use phase_name::PhaseName;
pub use read::{Read, Reading};
pub use rejected::{Handled, InputError};
pub use state::{Ended, State, Status};
