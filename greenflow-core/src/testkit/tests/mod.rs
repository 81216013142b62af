//! The kit on tiny providers, right and wrong on purpose.

mod balancer;
mod clauses;
mod report;
mod world;
