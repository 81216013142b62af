//! How a provider says that it failed.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Any error, boxed, as the source of another.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A provider's failure: what kind, in which operation, on what, and what is known of the effect.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed{}: {kind}{}", on(.resource), detail(.message))]
pub struct ProviderError {
    kind: ErrorKind,
    operation: &'static str,
    resource: Option<String>,
    message: Option<String>,
    applied: Applied,
    retry_after: Option<Duration>,
    #[source]
    source: Option<BoxError>,
}

fn on(resource: &Option<String>) -> String {
    resource.as_ref().map(|resource| format!(" on {resource}")).unwrap_or_default()
}

fn detail(message: &Option<String>) -> String {
    message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default()
}

/// What kind of failure it was. Decides whether a retry can help.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the retry table answers each")]
pub enum ErrorKind {
    /// The resource does not exist.
    NotFound,
    /// Somebody else changed it, or a newer writer fenced us off.
    Conflict,
    /// Too many calls.
    Throttled,
    /// The provider, or the way to it, is down.
    Unavailable,
    /// No answer within the deadline.
    Timeout,
    /// The caller may not do this.
    PermissionDenied,
    /// The caller's credentials are missing or expired.
    Unauthenticated,
    /// The request can never succeed as it is.
    InvalidRequest,
    /// An account limit is reached.
    QuotaExceeded,
    /// The provider cannot do this.
    Unsupported,
    /// Anything else, such as an answer that makes no sense.
    Unexpected,
}

impl ErrorKind {
    /// Returns whether the same call may succeed later without anybody changing anything.
    ///
    /// `NotFound` and `Unauthenticated` heal (eventual consistency, rotated credentials).
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::NotFound
            | Self::Conflict
            | Self::Throttled
            | Self::Unavailable
            | Self::Timeout
            | Self::Unauthenticated
            | Self::QuotaExceeded
            | Self::Unexpected => true,
            Self::PermissionDenied | Self::InvalidRequest | Self::Unsupported => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "no answer in time",
            Self::PermissionDenied => "permission denied",
            Self::Unauthenticated => "credentials missing or expired",
            Self::InvalidRequest => "invalid request",
            Self::QuotaExceeded => "quota exceeded",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected answer",
        })
    }
}

/// What is known of a failed write's effect.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Applied {
    /// It certainly did not happen and will not.
    No,
    /// It may have happened, or may yet.
    Unknown,
}

impl ProviderError {
    /// Makes one whose effect is unknown, the safe assumption.
    #[must_use]
    pub const fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            resource: None,
            message: None,
            applied: Applied::Unknown,
            retry_after: None,
            source: None,
        }
    }

    /// Says that the write certainly did not happen and will not.
    #[must_use]
    pub const fn not_applied(mut self) -> Self {
        self.applied = Applied::No;
        self
    }

    /// Says on which resource.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Adds what the provider said.
    #[must_use]
    pub fn because(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Says how long the provider asked to wait.
    #[must_use]
    pub const fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns what kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns what is known of the effect.
    #[must_use]
    pub const fn applied(&self) -> Applied {
        self.applied
    }

    /// Returns how long the provider asked to wait, if it did.
    #[must_use]
    pub const fn pause(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the form that enters the journal: no live error, bounded in length.
    #[must_use]
    pub fn to_record(&self) -> FailureRecord {
        let mut message = on(&self.resource).trim().to_owned();
        if let Some(text) = &self.message {
            message = format!("{message} {text}").trim().to_owned();
        }
        FailureRecord {
            kind: self.kind,
            operation: self.operation.to_owned(),
            message: message.chars().take(300).collect(),
        }
    }
}

/// A failure as the journal keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FailureRecord {
    /// What kind.
    pub kind: ErrorKind,
    /// In which operation.
    pub operation: String,
    /// On what, and what the provider said; at most 300 characters.
    pub message: String,
}

impl fmt::Display for FailureRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.operation, self.kind)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, " ({})", self.message) }
    }
}
