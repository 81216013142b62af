//! The execution record: what happened in one rollout, for people and for other tools.
//!
//! A [`Record`] is a pure fold of the journal's facts, so it can be made at any time, by anybody
//! who can read the journal, and twice the same. An unfinished rollout has one too.
//!
//! Its JSON form is stable: names are `snake_case`, times are RFC 3339 with the offset of the
//! plan's zone, durations are seconds, shares are basis points, and `null` means *not known, or not
//! happened*. [`SCHEMA_VERSION`] grows when the meaning of a field changes or a field goes; a new
//! field alone does not change it.

mod checks;
mod detours;
mod error;
mod fold;
mod people;
mod phase_span;
#[expect(clippy::module_inception, reason = "the record is the module's main type")]
mod record;
mod recorded_metric;
mod requests;
mod rollback;
mod said;
mod seconds;
mod split;
mod start;
#[cfg(test)]
mod tests;
mod told;
mod verdict;
mod writes;
mod zoned_time;

pub use checks::CheckRun;
pub use detours::{DriftRecord, HoldRecord, RefusalRecord, StuckRecord};
pub use error::RecordError;
pub use people::PersonRecord;
pub use phase_span::PhaseSpan;
pub use record::{Record, RecordOutcome, SCHEMA_VERSION};
pub use recorded_metric::RecordedMetric;
pub use requests::RequestTotals;
pub use rollback::RollbackRecord;
pub use said::{ApprovalRecord, CommandRecord, ConfirmationRecord};
pub use seconds::Seconds;
pub use split::{SplitEvidence, SplitKind, SplitRecord};
pub use start::{BlueRecord, ControllerRecord, StartRecord};
pub use told::{IssueRecord, NoticeRecord, UnknownRecord};
pub use verdict::{FindingRecord, FindingScale, JudgedAs, VerdictRecord};
pub use writes::WriteRecord;
pub use zoned_time::{InvalidZonedTime, Zone, ZonedTime};
