//! One struct a phase. A transition is a method that consumes the phase and returns the next one,
//! so an edge that is not in the diagram does not compile:
//!
//! ```compile_fail
//! use greenflow_core::machine::phases::{Baking, Scheduled};
//! use greenflow_core::value::Timestamp;
//! fn skip_everything(phase: Scheduled) -> Baking {
//!     phase.bake(Timestamp::ZERO) // no such edge
//! }
//! ```
//!
//! and after the point of no return there is no way back:
//!
//! ```compile_fail
//! use greenflow_core::fact::RollbackReason;
//! use greenflow_core::machine::phases::{Retiring, RollingBack};
//! use greenflow_core::value::Timestamp;
//! fn too_late(phase: Retiring, reason: RollbackReason) -> RollingBack {
//!     phase.roll_back(reason, Timestamp::ZERO) // blue is being destroyed
//! }
//! ```
//!
//! while every phase before it has one:
//!
//! ```
//! use greenflow_core::fact::RollbackReason;
//! use greenflow_core::machine::phases::{Retaining, RollingBack};
//! use greenflow_core::value::Timestamp;
//! fn in_time(phase: Retaining, reason: RollbackReason) -> RollingBack {
//!     phase.roll_back(reason, Timestamp::ZERO)
//! }
//! ```

mod aside;
mod back;
mod end;
mod forward;
mod phase;

pub use aside::{Assessing, Held, HoldTerms, Interrupted, Stuck, StuckFrom};
pub use back::RollingBack;
pub use end::{Completed, Refused, RolledBack};
pub use forward::{
    AwaitingApproval, Baking, Confirming, Preflight, Provisioning, Retaining, Retiring, Scheduled,
    ShiftStage, Shifting, Verifying, Watching,
};
pub use phase::{IllegalMove, Phase};
