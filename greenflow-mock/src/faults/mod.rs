//! What goes wrong with calls.
//!
//! A [`Fault`] says what happens ([`FaultKind`]), to which operations, from when, for how long, and
//! to which of the calls ([`Pick`]). What goes wrong with the world itself (a fleet, the traffic, a
//! metric) is a [`Change`](crate::world::Change). Each kind carries its number in the fault
//! catalogue, see [`FaultId`].

mod fault;
mod id;
mod set;

pub use fault::{Fault, FaultKind, Pick};
pub use id::{FaultId, Means};
pub(crate) use set::{FaultSet, SharedFaults};
