//! Why there is no record.

use crate::machine::ReplayError;
use crate::machine::state::IllegalFact;

/// The facts tell no story: there are none, one cannot follow on the ones before it, or another
/// machine wrote them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct RecordError(#[from] ReplayError);

impl From<IllegalFact> for RecordError {
    fn from(illegal: IllegalFact) -> Self {
        Self(ReplayError::from(illegal))
    }
}
