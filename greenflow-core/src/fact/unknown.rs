//! A fact of a kind that this release does not know.

use serde::Serialize;

/// What a newer release wrote and said that nobody must understand.
///
/// It counts as a fact and has its place and time; the state that follows on it is the one before
/// it. Its bytes are kept as they were found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnknownFact {
    kind: String,
    payload: Vec<u8>,
}

impl UnknownFact {
    pub(super) const fn new(kind: String, payload: Vec<u8>) -> Self {
        Self { kind, payload }
    }

    /// Returns the kind's name, as the newer release gave it.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the payload as it was found.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}
