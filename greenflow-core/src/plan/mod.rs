//! What shall happen: the plan, immutable and hashed once a rollout starts.
//!
//! A [`Plan`] that exists is runnable: [`Plan::builder`] and [`Plan::from_toml`] refuse anything
//! else, with all problems at once. What depends on the providers (how finely they split, how late
//! their writes may land) is judged by [`Plan::check`].

mod analysis;
mod assessment;
mod body;
mod bounds;
mod builder;
mod calendar;
mod check;
mod error;
mod faults;
#[cfg(feature = "plan-file")]
pub mod file;
mod gates;
mod people;
mod phases;
mod presets;
mod problems;
mod timing;
mod validate;
mod validated;

pub use analysis::{Analysis, Bound, Limit};
pub use body::{PlanBody, PlanHash};
pub use builder::{CheckDraft, ChecklistDraft, PlanBuilder};
pub use calendar::When;
pub use check::RollbackTimes;
pub use error::{Place, PlanError, Problem, Warning};
pub use faults::{CriticalPolicy, FaultPolicy, OtherwisePolicy, RollbackPolicy, WaitPolicy};
pub use gates::{Approval, CheckSpec, Checklist, ChecklistItem, ConfirmedBy, FreezeWindow};
pub use people::{People, Role};
pub use phases::{
    Bake, Confirm, Preflight, ProbeSpec, Provision, Retain, Retire, Shift, StartPolicy, Step,
    Verify, Watch,
};
pub use presets::Preset;
pub use timing::Timing;
pub use validated::Plan;

pub(crate) use timing::MOST_PARTS;
