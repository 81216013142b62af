//! Which faults a run meets, drawn from its seed.
//!
//! Swarm testing: each class of the fault catalogue is first switched on or off, and then given a
//! rate, a moment and an end. A run that has few classes on reaches what a run with all of them
//! never does, because most faults hide others.

mod calls;
mod classes;
mod controllers;
mod draw;
mod faults;
mod people;
mod trouble;
mod world;

pub use faults::Faults;
pub use trouble::{Trouble, What};

#[cfg(test)]
mod tests;
