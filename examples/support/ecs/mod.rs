//! A rollout on AWS: two ECS services behind an Application Load Balancer.

mod answer;
mod begin;
mod config;
mod doctor;
mod pin;
mod run;
mod scale;
mod survey;

pub use answer::answer;
pub use begin::{Ground, GroundError, Shared};
pub use config::{EcsConfig, Green, read_config};
pub use doctor::{Diagnosis, doctor};
pub use pin::pin;
pub use run::{EcsEnd, EcsError, EcsRun, Wish};
pub use scale::{Scale, scaled};
pub use survey::survey;
