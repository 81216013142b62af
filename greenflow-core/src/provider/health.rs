//! Whether a side is healthy, asked from outside.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallContext, ProviderError};
use crate::value::{Digest, ProbeName, Side};

/// Asks a side whether it is healthy: does the API answer, is the database connected.
///
/// # Contract
/// - **HP-1** `Ok` with `healthy: true` only on a positive answer of the side that was asked.
/// - **HP-2** No answer, an empty one or one that makes no sense is an error or `healthy: false`.
/// - **HP-3** When the answer names what runs, `seen` holds it; another digest does not count.
/// - **HP-4** A probe changes nothing.
/// - **HP-5** A name it does not know is `NotFound`, never healthy.
#[async_trait]
pub trait HealthProbe: fmt::Debug + Send + Sync + 'static {
    /// Probes once.
    ///
    /// # Errors
    /// [`ProviderError`] when the side could not be asked.
    async fn probe(
        &self,
        cx: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError>;
}

/// What to probe.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ProbeRequest {
    /// Which probe.
    pub probe: ProbeName,
    /// Which side.
    pub side: Side,
}

impl ProbeRequest {
    /// Asks `side` through `probe`.
    #[must_use]
    pub const fn new(probe: ProbeName, side: Side) -> Self {
        Self { probe, side }
    }
}

/// What a probe found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Whether it is healthy.
    pub healthy: bool,
    /// What answered, if the answer said.
    pub seen: Option<Digest>,
    /// For people.
    pub detail: String,
}
