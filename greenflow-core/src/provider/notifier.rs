//! Telling people.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, ProviderError};
use crate::value::RoleName;

/// Tells people. Nothing in a rollout ever waits for it; a run that has ended does, for its pages
/// and alerts.
///
/// # Contract
/// - **NO-1** `Ok` means that the receiver's service took the notice.
/// - **NO-2** A notice with a key that was taken before is not shown twice, and succeeds.
/// - **NO-3** Dropping a call's future leaves the notifier usable.
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Hands over one notice.
    ///
    /// # Errors
    /// [`ProviderError`] when it was not taken.
    async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError>;
}

/// The key that keeps a notice from being shown twice: (rollout, occasion, audience).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeKey(pub String);

/// One notice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Its key.
    pub key: NoticeKey,
    /// How urgent it is.
    pub kind: NoticeKind,
    /// Who should see it.
    pub audience: Audience,
    /// What it says.
    pub text: String,
}

/// How urgent a notice is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// For information.
    Info,
    /// Something is wrong and is being handled.
    Alert,
    /// Somebody must act now.
    Page,
    /// A daily report.
    Report,
}

/// Who should see a notice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audience {
    /// The plan's channel.
    Channel,
    /// Everybody with a role.
    Team,
    /// One role.
    Role(RoleName),
    /// The service's customers.
    Customers,
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel => f.write_str("channel"),
            Self::Team => f.write_str("team"),
            Self::Role(role) => write!(f, "{role}"),
            Self::Customers => f.write_str("customers"),
        }
    }
}
