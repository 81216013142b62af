//! Whether the image is there, as a check.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ErrorKind, ProviderError,
};
use greenflow_core::value::Revision;

use super::Registry;

/// The check [`IMAGE`]: the image of the plan is in the registry, by its digest, and can be pulled.
/// Other checks are passed on to the provider that it wraps.
///
/// Name it in the preflight: without it a missing image is found when no task of green starts.
#[derive(Debug)]
pub struct ImageCheck {
    registry: Arc<Registry>,
    others: Arc<dyn Check>,
}

/// The name of the check that [`ImageCheck`] adds.
pub const IMAGE: &str = "image";

impl ImageCheck {
    /// Looks in this registry; other checks are run by `others`.
    #[must_use]
    pub const fn new(registry: Arc<Registry>, others: Arc<dyn Check>) -> Self {
        Self { registry, others }
    }

    async fn look(
        &self,
        limit: Duration,
        revision: &Revision,
    ) -> Result<CheckReport, ProviderError> {
        let failed = |why: String| Ok(CheckReport::ended(CheckOutcome::Failed, why));
        let found = match self.registry.look(limit, revision).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return failed(error.to_string()),
            Err(error) => return Err(error),
        };
        if found.digest != revision.digest.as_str() {
            return failed(format!("{revision} was asked for, and ECR shows {}", found.digest));
        }
        if !matches!(found.status.as_str(), "" | "ACTIVE") {
            return failed(format!("{revision} cannot be pulled: it is {}", found.status));
        }
        let tags = match found.tags.as_slice() {
            [] => "without a tag".to_owned(),
            tags => tags.join(", "),
        };
        Ok(CheckReport::passed(format!("{revision} is in the registry: {tags}")))
    }
}

#[async_trait]
impl Check for ImageCheck {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        if request.check.as_str() != IMAGE {
            return self.others.run(cx, request).await;
        }
        self.look(cx.deadline, &request.revision).await
    }
}
