//! Known failures of other progressive-delivery tools, each as a world in which GreenFlow does what
//! it should. `docs/peers.md` tells the cases by their K-number; the tests have the same.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod checks;
mod manifests;
mod people;
mod run;
mod traffic;
mod waits;
mod way_back;
