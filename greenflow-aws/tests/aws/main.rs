//! The adapter under the production engine and under the core's test kit, on AWS as it is played in
//! this process, in virtual time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod alarms;
mod conformance;
mod crashes;
mod doctor;
mod faults;
mod late;
mod lost_journal;
mod many;
mod other_hands;
mod pins;
#[cfg(feature = "ecr")]
mod registry;
mod rollouts;
mod routes;
mod support;
