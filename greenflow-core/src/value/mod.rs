//! The value types that every other module speaks in.
//!
//! A value that exists is valid: each type checks its bounds where it is made.

pub mod duration;
mod ids;
mod revision;
mod split;
mod time;
mod verdict;
mod who;

pub use ids::{
    CheckName, ControllerId, EffectId, HookName, InvalidName, MetricName, ProbeName, ResourceId,
    RoleName, RolloutId, RouteId, ServiceName,
};
pub use revision::{Digest, InvalidDigest, Revision, Side};
pub use split::{Commanded, InvalidWeight, ReadBack, Split, TrafficObserved, Weight};
pub use time::{Now, Timestamp, WallTime};
pub use verdict::{Severity, Verdict};
pub use who::Who;
