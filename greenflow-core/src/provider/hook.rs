//! The host's own actions, such as a backup.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, ProviderError};
use crate::value::{HookName, ResourceId};

/// Runs the host's own actions, such as the backup of blue's data before its removal.
///
/// # Contract
/// - **HK-1** Repeating `run` with the same effect does not do it twice, and succeeds.
/// - **HK-2** `find` returns what the run of that effect produced, once it is complete; `None`
///   while it is not, or when it never ran.
/// - **HK-3** A name it does not know is `NotFound` and `Applied::No`.
#[async_trait]
pub trait Hook: fmt::Debug + Send + Sync + 'static {
    /// Runs a hook to its end.
    ///
    /// # Errors
    /// [`ProviderError`] per P-6.
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError>;

    /// Finds what an earlier run of the same effect produced.
    ///
    /// # Errors
    /// [`ProviderError`] when it cannot be read.
    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError>;
}

/// Which hook, and on what.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HookRequest {
    /// Which.
    pub hook: HookName,
    /// The resources it concerns.
    pub resources: Vec<ResourceId>,
}

impl HookRequest {
    /// Asks for `hook` on `resources`.
    #[must_use]
    pub const fn new(hook: HookName, resources: Vec<ResourceId>) -> Self {
        Self { hook, resources }
    }
}

/// What a hook produced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HookReport {
    /// For people and the record, such as the backup's identity.
    pub detail: String,
}
