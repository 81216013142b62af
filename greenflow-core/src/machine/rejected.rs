//! Why an input was refused, and what became of an accepted one.

use crate::machine::PhaseName;

/// What became of an input that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever sends a command must answer each")]
pub enum Handled {
    /// It was taken into account.
    Accepted,
    /// It is harmless and changed nothing: a late answer, a repeated one.
    Ignored,
    /// Blue is being removed: there is no way back. What is not removed yet stays.
    NoLongerPossible,
}

/// Why an input was refused. The machine is as it was before, but for `InvariantBroken`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A command that makes no sense here.
    #[error("{action} was rejected in phase {phase}: {reason}")]
    Rejected {
        /// The command's action.
        action: &'static str,
        /// Where the rollout is.
        phase: PhaseName,
        /// Why, and what would be accepted.
        reason: String,
    },
    /// Going back is not possible any more.
    #[error("going back is no longer possible in phase {phase}: blue is gone, or is being removed")]
    NoLongerPossible {
        /// Where the rollout is.
        phase: PhaseName,
    },
    /// The outputs of the last input were not drained to `Wait`.
    #[error("outputs are waiting: drain poll_output to Wait before the next input")]
    NotDrained,
    /// A decision would have broken a rule that must always hold. It was not taken; from now on
    /// nothing goes forward, and only the way back is open. Said once; the one error after which
    /// the machine is not as it was before.
    #[error("an invariant is broken: {what}")]
    InvariantBroken {
        /// Which, and by what.
        what: String,
    },
    /// The first input must be `Began`, and only the first.
    #[error("\"{input}\" came {problem}")]
    OutOfTurn {
        /// The input.
        input: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
}

impl InputError {
    pub(super) fn rejected(
        action: &'static str,
        phase: PhaseName,
        reason: impl Into<String>,
    ) -> Self {
        Self::Rejected { action, phase, reason: reason.into() }
    }
}
