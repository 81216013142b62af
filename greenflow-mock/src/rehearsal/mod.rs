//! A plan, carried out by the production engine on a simulated world.

mod handle_desk;
mod rehearse;

pub use handle_desk::HandleDesk;
pub use rehearse::{Rehearsal, RehearsalError, Rehearsed};
