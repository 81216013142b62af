//! A plan, carried out by the production engine on a simulated world: once, or as often as you like.

mod handle_desk;
mod kill;
mod lives;
mod rehearse;
mod rival;
mod stage;
mod stopped;
mod stuck;

pub use handle_desk::HandleDesk;
pub use kill::Kill;
pub use rehearse::{Rehearsal, RehearsalError, Rehearsed, Unreadable};
pub use rival::{Rival, Starts};

#[cfg(test)]
mod tests;
