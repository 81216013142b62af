//! Group commit: many callers, one writer.
//!
//! A store's writes are bound by how often its disk can be made to remember. So callers put their
//! writes into a queue, and one writer takes all that wait there into one commit; the answers
//! follow it. Both stores share this.

mod front;
mod intake;
mod write;

pub(crate) use front::Queue;
pub(crate) use intake::Intake;
pub(crate) use write::{Answer, Done, Write};
