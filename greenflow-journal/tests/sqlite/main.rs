//! The journal in one SQLite file: the contract, and what goes wrong.

mod damage;
mod doomable;
mod fixture;
mod full;
mod hand;
mod kit;
mod open;
mod processes;
