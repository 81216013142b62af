//! AWS, played in this process, in virtual time.

mod cloudwatch;
#[cfg(feature = "ecr")]
mod ecr;
mod ecs;
mod elbv2;
mod fault;
mod limit;
mod scaling;
pub(crate) mod state;
mod traffic;
pub(crate) mod world;

pub(crate) mod fixture;
pub(crate) mod run;

pub(crate) use fault::{Crash, Fault, Kind, Op};
pub(crate) use limit::Limit;
pub(crate) use world::{Aws, Move, Shared};
