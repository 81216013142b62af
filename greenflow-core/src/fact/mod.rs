//! What the journal keeps: decisions and outcomes, one [`Fact`] an [`Entry`].
//!
//! State is a pure fold of entries, so recovery never decides anything again. Facts hold integers
//! and texts only, no floats.

mod entry;
mod fact_kind;
pub mod frame;
mod moves;
mod reason;
mod sampled;
mod started;
mod unknown;
mod write;

pub use entry::Entry;
pub use fact_kind::{CheckResult, Fact, NoticeResult};
pub use moves::Move;
pub use reason::{HoldReason, RefusalReason, RollbackKind, RollbackReason, StuckReason};
pub use sampled::{Counts, Finding, FindingUnit, Judged, Scope, Totals};
pub use started::{Confirmation, StartOptions, Started, Supersede};
pub use unknown::UnknownFact;
pub use write::{Outcome, OutcomeClass, Write};
