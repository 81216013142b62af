//! The journal in one SQLite file: the contract, and what goes wrong.

mod doomable;
mod fixture;
mod kit;
