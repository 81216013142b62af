//! What goes into the machine.

use super::{Command, Read, Reading};
use crate::fact::{NoticeResult, Outcome};
use crate::provider::{FailureRecord, NoticeKey};
use crate::value::ControllerId;

/// What goes into the machine.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each in every phase")]
pub enum Input {
    /// Time has passed. Early and repeated ticks are harmless.
    Tick,
    /// A controller begins to act on this rollout: always the first input after `create` or
    /// `replay`, and never sent again by the same controller.
    Began {
        /// The controller.
        controller: ControllerId,
    },
    /// A person says something.
    Command(Command),
    /// A write ended.
    WriteEnded(Outcome),
    /// A read ended.
    ReadEnded {
        /// Which.
        read: Read,
        /// What it found.
        result: Result<Reading, FailureRecord>,
    },
    /// A notice was sent, or given up.
    NoticeEnded {
        /// Which.
        key: NoticeKey,
        /// How it ended.
        result: NoticeResult,
    },
    /// An append failed while the lease is live.
    JournalLost,
    /// The appends that had failed are durable now.
    JournalBack,
}

impl Input {
    /// Returns the kind's name, for the matrix and for errors; a command's is its action's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Began { .. } => "began",
            Self::Command(command) => command.action.name(),
            Self::WriteEnded(_) => "write_ended",
            Self::ReadEnded { .. } => "read_ended",
            Self::NoticeEnded { .. } => "notice_ended",
            Self::JournalLost => "journal_lost",
            Self::JournalBack => "journal_back",
        }
    }
}
