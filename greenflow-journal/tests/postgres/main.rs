//! The journal in PostgreSQL: the contract, and what goes wrong, on a server of our own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what should not happen"
)]

mod claims;
mod connections;
mod damaged_rows;
mod faults;
mod fixture;
mod hand;
mod kit;
mod locks;
mod open;
mod proxy;
mod reads;
mod server;
