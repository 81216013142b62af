//! Why a frame is refused.

use super::{FORMAT, FRAME_BYTES_MAX};

/// A frame that is not read, or not written. Nothing may be done on a journal that has one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The bytes are not what was written.
    #[error(
        "fact {sequence} is damaged: {damage}; restore the journal from a copy, or end the rollout \
         by hand"
    )]
    Damaged {
        /// Which fact.
        sequence: u64,
        /// What is wrong.
        damage: Damage,
    },
    /// The bytes are whole, and were written by a newer release.
    #[error(transparent)]
    TooNew(#[from] Needs),
    /// The fact cannot be a frame here.
    #[error("fact {sequence} cannot be written: {problem}")]
    Unwritable {
        /// Which fact.
        sequence: u64,
        /// Why not.
        problem: String,
    },
}

/// What a journal needs that this release does not have. A release that has it can go on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Needs {
    /// A newer frame format.
    #[error(
        "fact {sequence} is of format {format}, and this release reads up to {FORMAT}; go on with \
         the release that wrote it"
    )]
    Format {
        /// Which fact.
        sequence: u64,
        /// Its format.
        format: u16,
    },
    /// A kind that must be understood.
    #[error(
        "fact {sequence} is \"{kind}\" (format {format}), which must be understood and is not \
         known to this release; go on with the release that wrote it"
    )]
    Kind {
        /// Which fact.
        sequence: u64,
        /// Its kind.
        kind: String,
        /// Its format.
        format: u16,
    },
    /// A known kind with content that this release does not know.
    #[error(
        "fact {sequence} (\"{kind}\") says what this release does not know: {problem}; go on with \
         the release that wrote it"
    )]
    Content {
        /// Which fact.
        sequence: u64,
        /// Its kind.
        kind: String,
        /// What is wrong.
        problem: String,
    },
    /// A newer machine.
    #[error(
        "the rollout runs on machine version {version}, and this release knows up to {knows}; go \
         on with the release that started it"
    )]
    Machine {
        /// The version it needs.
        version: u16,
        /// The newest that this release has.
        knows: u16,
    },
}

/// What is wrong with a frame's bytes, or with its place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// Bytes are missing, or there are too many.
    #[error("it has {found} bytes, and says that it has {length}")]
    Length {
        /// What it says.
        length: u64,
        /// What there is.
        found: u64,
    },
    /// More bytes than a frame may have.
    #[error("it has {0} bytes; a frame has at most {FRAME_BYTES_MAX}")]
    TooLong(u64),
    /// The bytes are others than those written.
    #[error("its checksum is {found:08x}, and {stored:08x} was written")]
    Checksum {
        /// What was written.
        stored: u32,
        /// What the bytes make.
        found: u32,
    },
    /// The checksum holds, and the frame makes no sense.
    #[error("its {0} cannot be")]
    Field(&'static str),
    /// It is another fact.
    #[error("it was written as fact {0}")]
    Sequence(u64),
    /// It follows on another frame than the one before it.
    #[error("it does not follow on the fact before it; one is lost, or of another journal")]
    Chain,
    /// The store has another epoch for it.
    #[error("it was written in epoch {written}, and the store has epoch {stored}")]
    Epoch {
        /// What the frame says.
        written: u64,
        /// What the store says.
        stored: u64,
    },
    /// Its epoch is below the one before it.
    #[error("it is of epoch {epoch}, below epoch {before} before it")]
    OldEpoch {
        /// Its epoch.
        epoch: u64,
        /// The epoch before it.
        before: u64,
    },
}
