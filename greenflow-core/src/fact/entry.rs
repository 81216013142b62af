//! A fact with its place and time.

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::value::{Timestamp, WallTime};

/// A fact with its place in the journal and its time. [`Chain`](super::frame::Chain) writes it as
/// bytes and reads it back.
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
