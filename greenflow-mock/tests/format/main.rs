//! The journal's format: old journals are read, newer and damaged ones are refused, and nobody else
//! is stopped by them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod damage;
mod golden;
mod life;
mod live;
mod refused;
mod size;
mod versions;
