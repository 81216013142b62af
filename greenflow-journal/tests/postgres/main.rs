//! The journal in PostgreSQL: the contract, and what goes wrong, on a server of our own.

mod claims;
mod faults;
mod fixture;
mod hand;
mod kit;
mod open;
mod proxy;
mod server;
