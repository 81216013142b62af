//! A fact with its place and time, and its form as bytes.

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::provider::{Frame, StoredFrame};
use crate::value::{Timestamp, WallTime};

/// A fact with its place in the journal and its time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1.
    pub sequence: u64,
    /// The lease epoch it was written in.
    pub epoch: u64,
    /// When, in rollout time.
    pub at: Timestamp,
    /// When, on the wall clock.
    pub wall: WallTime,
    /// What.
    pub fact: Fact,
}

/// The bytes are no fact of a format this release knows.
#[derive(Debug, thiserror::Error)]
#[error("fact {sequence} cannot be read: {reason}")]
pub struct FrameError {
    sequence: u64,
    reason: String,
}

#[derive(Serialize)]
struct FrameOut<'a> {
    format: u16,
    at: Timestamp,
    wall: WallTime,
    fact: &'a Fact,
}

#[derive(Deserialize)]
struct FrameIn {
    format: u16,
    at: Timestamp,
    wall: WallTime,
    fact: Fact,
}

/// The frame format that this release writes, and the only one it reads.
const FORMAT: u16 = 1;

impl Entry {
    /// Returns the fact and its time as bytes; place and epoch are the store's to keep.
    #[must_use]
    pub fn to_frame(&self) -> Frame {
        let Self { sequence: _, epoch: _, at, wall, fact } = self;
        let frame = FrameOut { format: FORMAT, at: *at, wall: *wall, fact };
        serde_json::to_vec(&frame).unwrap_or_default()
    }

    /// Reads a stored frame.
    ///
    /// # Errors
    /// When the bytes are damaged, or of a format this release does not know.
    pub fn from_frame(stored: &StoredFrame) -> Result<Self, FrameError> {
        let StoredFrame { sequence, epoch, frame } = stored;
        let fail = |reason| FrameError { sequence: *sequence, reason };
        let read: FrameIn = serde_json::from_slice(frame).map_err(|err| fail(err.to_string()))?;
        if read.format != FORMAT {
            return Err(fail(format!("format {} is not {FORMAT}", read.format)));
        }
        Ok(Self {
            sequence: *sequence,
            epoch: *epoch,
            at: read.at,
            wall: read.wall,
            fact: read.fact,
        })
    }
}
