//! Why facts cannot be folded.

use crate::machine::phases::IllegalMove;
use crate::value::EffectId;

/// A fact that cannot follow on the ones before it. The journal is of another rollout, damaged, or
/// written by a machine with other rules; nothing may be done on it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IllegalFact {
    /// The first fact is not `started`.
    #[error("fact {sequence} is \"{fact}\", and the first must be \"started\"")]
    NotStarted {
        /// Its place.
        sequence: u64,
        /// What it is.
        fact: &'static str,
    },
    /// A second `started`.
    #[error("fact {0} starts the rollout a second time")]
    StartedTwice(u64),
    /// A gap, a repetition or a fact out of order.
    #[error("fact {found} follows on fact {head}")]
    OutOfOrder {
        /// How many facts there were.
        head: u64,
        /// The place of this one.
        found: u64,
    },
    /// An epoch below an earlier one.
    #[error("fact {sequence} is of epoch {epoch}, below epoch {current} before it")]
    OldEpoch {
        /// Its place.
        sequence: u64,
        /// Its epoch.
        epoch: u64,
        /// The epoch before it.
        current: u64,
    },
    /// The plan does not have the hash it was started with.
    #[error("the plan does not have the hash it was started with")]
    OtherPlan,
    /// The move is no edge of the machine.
    #[error("fact {sequence}: {source}")]
    Move {
        /// Its place.
        sequence: u64,
        /// Which move.
        source: IllegalMove,
    },
    /// An outcome without an intent, or an intent used twice.
    #[error("fact {sequence} is about write {id}, which is {problem}")]
    Write {
        /// Its place.
        sequence: u64,
        /// Which write.
        id: EffectId,
        /// What is wrong.
        problem: &'static str,
    },
    /// Anything else that cannot be true in this phase.
    #[error("fact {sequence} (\"{fact}\") cannot be true here")]
    NotHere {
        /// Its place.
        sequence: u64,
        /// What it is.
        fact: &'static str,
    },
}
