//! One journal entry's content.

use serde::{Deserialize, Serialize};

use super::{Judged, Move, Outcome, Started, UnknownFact, Write};
use crate::machine::Command;
use crate::provider::{CheckOutcome, CheckStage, FailureRecord, Measurement, Notice, NoticeKey};
use crate::provider::{ObservedSplit, SideState};
use crate::value::{CheckName, ControllerId, EffectId, Severity, Split, WallTime};

/// One journal entry's content: a decision or an outcome.
///
/// A kind is never renamed, and its name never used for another. A kind that is added gets its name
/// in [`KNOWN_KINDS`](super::frame::KNOWN_KINDS).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the fold answers each")]
pub enum Fact {
    /// The rollout exists. Always the first fact.
    Started(Box<Started>),
    /// A controller began to act, for the first time or after another.
    EpochBegan {
        /// The controller.
        controller: ControllerId,
        /// The engine's version.
        engine: String,
    },
    /// A person said something, and it was accepted.
    Commanded(Command),
    /// A check ended.
    CheckEnded(CheckResult),
    /// Blue's identity and capacity, as recorded before anything was touched.
    BlueRecorded(SideState),
    /// A write is about to be made.
    Intent {
        /// Its identity.
        id: EffectId,
        /// What.
        write: Write,
    },
    /// A write ended.
    Outcome(Outcome),
    /// The requests show the split.
    TrafficObserved {
        /// The split.
        split: Split,
        /// First moment of the evidence.
        from: WallTime,
        /// First moment after it.
        until: WallTime,
        /// Requests on blue in it.
        blue: u64,
        /// Requests on green in it.
        green: u64,
    },
    /// The balancer's word was taken instead (`dangerous_trust_read_back`).
    TrafficTrusted {
        /// The split.
        split: Split,
    },
    /// What the measurements said.
    Judged(Judged),
    /// The rollout goes to another phase.
    Moved(Move),
    /// The balancer shows what we did not set.
    Drifted {
        /// What it shows.
        seen: ObservedSplit,
        /// What we had confirmed.
        expected: Split,
    },
    /// A notice waits to be sent.
    NoticeQueued(Notice),
    /// A notice was sent, or given up.
    NoticeEnded {
        /// Which.
        key: NoticeKey,
        /// How it ended.
        result: NoticeResult,
    },
    /// Something went wrong that the record should tell.
    IssueNoted {
        /// How bad.
        severity: Severity,
        /// What.
        what: String,
        /// What was done about it.
        done: String,
    },
    /// What a newer release wrote, and no reader must understand. It changes nothing, and stays.
    #[serde(skip_deserializing)]
    Unknown(UnknownFact),
}

impl Fact {
    /// Returns the kind's name, for logs and errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::EpochBegan { .. } => "epoch_began",
            Self::Commanded(_) => "commanded",
            Self::CheckEnded(_) => "check_ended",
            Self::BlueRecorded(_) => "blue_recorded",
            Self::Intent { .. } => "intent",
            Self::Outcome(_) => "outcome",
            Self::TrafficObserved { .. } => "traffic_observed",
            Self::TrafficTrusted { .. } => "traffic_trusted",
            Self::Judged(_) => "judged",
            Self::Moved(_) => "moved",
            Self::Drifted { .. } => "drifted",
            Self::NoticeQueued(_) => "notice_queued",
            Self::NoticeEnded { .. } => "notice_ended",
            Self::IssueNoted { .. } => "issue_noted",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Returns whether a release that does not know this kind must refuse the journal. It must
    /// wherever a fold without the fact would come to another state.
    #[must_use]
    pub const fn must_understand(&self) -> bool {
        match self {
            Self::Started(_)
            | Self::EpochBegan { .. }
            | Self::Commanded(_)
            | Self::CheckEnded(_)
            | Self::BlueRecorded(_)
            | Self::Intent { .. }
            | Self::Outcome(_)
            | Self::TrafficObserved { .. }
            | Self::TrafficTrusted { .. }
            | Self::Judged(_)
            | Self::Moved(_)
            | Self::Drifted { .. }
            | Self::NoticeQueued(_)
            | Self::NoticeEnded { .. }
            // The state keeps what was noted, so that it is not noted again.
            | Self::IssueNoted { .. } => true,
            Self::Unknown(_) => false,
        }
    }
}

/// How a check ended, as the journal keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// The part of the rollout it belongs to.
    pub stage: CheckStage,
    /// Which.
    pub check: CheckName,
    /// How it ended, after the plan's cases and the digest were compared.
    pub outcome: CheckOutcome,
    /// What it measured.
    pub measurements: Vec<Measurement>,
    /// For people.
    pub detail: String,
}

/// How the sending of a notice ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "it was taken or it was not")]
pub enum NoticeResult {
    /// The receiver's service took it.
    Sent,
    /// It was tried as often as the engine allows.
    GivenUp(FailureRecord),
}
