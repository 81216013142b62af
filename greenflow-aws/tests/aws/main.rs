//! The adapter under the production engine and under the core's test kit, on AWS as it is played in
//! this process, in virtual time.

mod conformance;
mod crashes;
mod doctor;
mod faults;
mod late;
mod rollouts;
mod support;
