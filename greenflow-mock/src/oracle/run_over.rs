//! How a controller's run was over.

use greenflow_core::engine::{EngineError, RunEnd};

/// How a controller's run was over, as its host saw it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RunOver {
    /// The rollout ended, or waits for people, or was handed over.
    Well,
    /// It had no right to go on any more, or could not reach or read its journal.
    Journal(String),
    /// The host killed it.
    Killed,
    /// The plan, or what was asked for, was refused.
    Refused(String),
    /// The machine refused an input of its own engine.
    Machine(String),
    /// It panicked.
    Panicked(String),
}

impl RunOver {
    /// Sorts how an engine's run ended.
    #[must_use]
    pub fn of(end: &Result<RunEnd, EngineError>) -> Self {
        match end {
            Ok(RunEnd::Ended(_) | RunEnd::HandedOver | RunEnd::Parked { .. }) => Self::Well,
            Err(error @ EngineError::Machine(_)) => Self::Machine(error.to_string()),
            Err(error @ (EngineError::Plan(_) | EngineError::SupersedeRefused { .. })) => {
                Self::Refused(error.to_string())
            }
            Err(error) => Self::Journal(error.to_string()),
        }
    }
}
