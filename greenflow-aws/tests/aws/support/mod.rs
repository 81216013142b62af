//! AWS, played in this process, in virtual time.

mod cloudwatch;
mod ecs;
mod elbv2;
mod fault;
mod limit;
mod scaling;
mod state;
mod traffic;
mod world;

pub(crate) mod fixture;
pub(crate) mod run;

pub(crate) use fault::{Crash, Fault, Kind, Op};
pub(crate) use limit::Limit;
pub(crate) use world::{Aws, Move, Shared};
