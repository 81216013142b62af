//! The journal in one SQLite file: the contract, and what goes wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod damage;
mod damaged_rows;
mod doomable;
mod failed_sync;
mod fixture;
mod full;
mod hand;
mod kit;
mod open;
mod processes;
mod syncs;
