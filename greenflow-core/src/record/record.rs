//! The whole record of one rollout.

use serde::{Deserialize, Serialize};

use super::fold::Fold;
use super::{
    ApprovalRecord, BlueRecord, CheckRun, CommandRecord, ConfirmationRecord, ControllerRecord,
    DriftRecord, HoldRecord, IssueRecord, JudgedAs, NoticeRecord, PersonRecord, PhaseSpan,
    RecordError, RecordedMetric, RefusalRecord, RequestTotals, RollbackRecord, Seconds,
    SplitRecord, StartRecord, StuckRecord, UnknownRecord, VerdictRecord, WriteRecord, ZonedTime,
};
use crate::fact::Entry;
use crate::machine::PhaseName;
use crate::plan::PlanHash;
use crate::value::{Revision, RoleName, RolloutId, ServiceName, WallTime};

/// The execution record of one rollout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The version of this form: [`SCHEMA_VERSION`] of the release that wrote it.
    pub schema_version: u32,
    /// The rollout.
    pub rollout: RolloutId,
    /// What was deployed.
    pub service: ServiceName,
    /// The new revision, pinned by digest.
    pub revision: Revision,
    /// The hash of the plan that was carried out.
    pub plan_hash: PlanHash,
    /// The zone that the times are shown in.
    pub zone: String,
    /// How it ended, so far.
    pub outcome: RecordOutcome,
    /// When the rollout was created.
    pub started_at: ZonedTime,
    /// When it ended, or got stuck; `null` while it runs.
    pub ended_at: Option<ZonedTime>,
    /// From `started_at` to `ended_at`; while it runs, to the last fact.
    pub duration_seconds: Seconds,
    /// Each stay in a phase, in order.
    pub phases: Vec<PhaseSpan>,
    /// Each split that was set, the cut among them, in order.
    pub splits: Vec<SplitRecord>,
    /// What the measurements said, in order.
    pub verdicts: Vec<VerdictRecord>,
    /// From the onset of a fault to the first bad sample after it. `null` unless somebody knows the
    /// onset, as the simulated world does: see [`Record::with_onset`].
    pub time_to_detect_seconds: Option<Seconds>,
    /// From the first bad sample to the decision to go back; `null` when there was none.
    pub time_to_decide_seconds: Option<Seconds>,
    /// The way back; `null` when there was none.
    pub rollback: Option<RollbackRecord>,
    /// The requests that were measured, and how they fared.
    pub requests: RequestTotals,
    /// The answers that the plan asks of people.
    pub approvals: Vec<ApprovalRecord>,
    /// The checklist items that people confirmed.
    pub confirmations: Vec<ConfirmationRecord>,
    /// Everything that people told the rollout.
    pub commands: Vec<CommandRecord>,
    /// Everything that people were told.
    pub notices: Vec<NoticeRecord>,
    /// Everything that went wrong, and what was done.
    pub issues: Vec<IssueRecord>,
    /// What could not be cleaned up.
    pub leftovers: Vec<String>,
    /// When blue's resources were seen to be gone; `null` when they are not.
    pub blue_removed_at: Option<ZonedTime>,
    /// Every run of a check.
    pub checks: Vec<CheckRun>,
    /// Every stop for a while.
    pub holds: Vec<HoldRecord>,
    /// Every time the balancer showed what was not set.
    pub drifts: Vec<DriftRecord>,
    /// Why it was refused; `null` unless it was.
    pub refusal: Option<RefusalRecord>,
    /// What a person must do; `null` unless it is stuck.
    pub stuck: Option<StuckRecord>,
    /// Metrics without a limit, at a glance.
    pub recorded_metrics: Vec<RecordedMetric>,
    /// Every write to the outside.
    pub writes: Vec<WriteRecord>,
    /// How it was started, and with which overrides.
    pub start: StartRecord,
    /// Who carried it out.
    pub controllers: Vec<ControllerRecord>,
    /// Blue before anything was touched; `null` until it was read.
    pub blue: Option<BlueRecord>,
    /// The roles and who filled them.
    pub people: Vec<PersonRecord>,
    /// The role that owns every wait and every rollback.
    pub rollback_owner: Option<RoleName>,
    /// The channel that notices went to.
    pub channel: Option<String>,
    /// What success looks like, as the plan says.
    pub success_signals: Vec<String>,
    /// Facts of kinds that only a newer release knows; left out of the JSON when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownRecord>,
}

/// How a rollout ended, so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each is an answer of its own")]
pub enum RecordOutcome {
    /// It has not ended.
    Running,
    /// On green.
    Completed,
    /// On blue, after something was touched.
    RolledBack,
    /// Before anything was touched.
    Refused,
    /// It waits for a person; the rollout itself has not ended.
    Stuck,
}

/// The version of the form that this release writes.
pub const SCHEMA_VERSION: u32 = 1;

impl Record {
    /// Makes the record of a rollout from all of its facts so far.
    ///
    /// # Errors
    /// [`RecordError`] when there are none, when one cannot follow on the ones before it, or when
    /// a machine with other rules wrote them.
    pub fn from_entries(entries: &[Entry]) -> Result<Self, RecordError> {
        let mut fold = Fold::begin(entries)?;
        for entry in entries.iter().skip(1) {
            fold.take(entry)?;
        }
        Ok(fold.into_record())
    }

    /// Adds when the fault really began, which only a simulation or an investigation knows.
    ///
    /// Without a bad sample at or after the onset, nothing was detected and nothing changes.
    #[must_use]
    pub fn with_onset(mut self, onset: WallTime) -> Self {
        let judged = self
            .verdicts
            .iter()
            .filter(|verdict| verdict.verdict == JudgedAs::Breach)
            .map(|verdict| verdict.at);
        let assessed = self
            .phases
            .iter()
            .filter(|span| span.name == PhaseName::Assessing)
            .map(|span| span.entered_at);
        let led_back = self.rollback.as_ref().and_then(|rollback| rollback.breach_at);
        let bad = judged.chain(assessed).chain(led_back).map(ZonedTime::wall);
        let first = bad.filter(|at| *at >= onset).min();
        if let Some(first) = first {
            self.time_to_detect_seconds = Some(first.since(onset).into());
        }
        self
    }

    /// Returns the record as JSON for people and tools, one field a line.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
