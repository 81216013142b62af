//! Several controllers on one journal and one world: exactly one acts at a time, and when it is
//! gone another one goes on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what should not happen, and looks at the facts it is about"
)]

mod clocks;
mod drops;
mod fences;
mod frozen;
mod pairs;
mod recovery;
mod restarts;
mod routes;
mod stage;
mod store;
mod ticking;
