//! A clock, a journal, providers and a machine for the engine's own tests: as small as they can be.

mod clock;
mod journal;
mod pilot;
mod world;

pub(super) use clock::TestClock;
pub(super) use journal::{Fault, TestJournal};
pub(super) use pilot::{Reaction, TestPilot};
pub(super) use world::{Act, TestWorld};
