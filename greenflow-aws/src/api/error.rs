//! How a call to AWS fails.

use std::fmt;
use std::time::Duration;

use greenflow_core::provider::{Applied, ErrorKind, ProviderError};

use super::Operation;

/// A failed call: what kind, what is known of its effect, and what AWS said.
///
/// Cheap to clone, since one call may be made for several rollouts.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub struct ApiError {
    /// What kind of failure it was.
    pub kind: ErrorKind,
    /// What is known of the effect; always [`Applied::No`] for a read.
    pub applied: Applied,
    /// How long AWS asked to wait.
    pub retry_after: Option<Duration>,
    /// The error code, such as `ThrottlingException`; what went wrong on the way when there is
    /// none.
    pub code: String,
    /// What AWS said.
    pub message: String,
}

impl ApiError {
    /// Makes one whose effect is unknown, the safe assumption.
    #[must_use]
    pub fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            applied: Applied::Unknown,
            retry_after: None,
            code: code.into(),
            message: message.into(),
        }
    }

    /// Says that the call certainly had no effect and will have none.
    #[must_use]
    pub const fn not_applied(mut self) -> Self {
        self.applied = Applied::No;
        self
    }

    /// Says how long to wait.
    #[must_use]
    pub const fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Says in which operation, and on which resource.
    pub(crate) fn during(self, operation: Operation, on: &str) -> ProviderError {
        let mut error =
            ProviderError::new(self.kind, operation.action()).on(on).because(self.to_string());
        if self.applied == Applied::No {
            error = error.not_applied();
        }
        if let Some(pause) = self.retry_after {
            error = error.retry_after(pause);
        }
        error
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the outside says is bounded before it goes anywhere.
        let message: String = self.message.chars().take(200).collect();
        match message.as_str() {
            "" => f.write_str(&self.code),
            message => write!(f, "{}: {message}", self.code),
        }
    }
}
