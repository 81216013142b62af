//! The health probes: they ask every target of a side how it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Clock, ErrorKind, HealthProbe, ProbeReport, ProbeRequest, ProviderError,
};
use greenflow_core::value::ProbeName;
use serde::{Deserialize, Serialize};

use super::compute::Computing;
use super::store::{Document, Folder, refused};

/// `probes.json`: the probes there are.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Probes {
    pub(super) known: BTreeSet<ProbeName>,
}

impl Document for Probes {
    const FILE: &'static str = "probes.json";
}

/// Health probes of the targets in `compute.json`.
#[derive(Clone, Debug)]
pub struct FileProbes {
    folder: Folder,
    clock: Arc<dyn Clock>,
}

impl FileProbes {
    pub(super) const fn new(folder: Folder, clock: Arc<dyn Clock>) -> Self {
        Self { folder, clock }
    }
}

#[async_trait]
impl HealthProbe for FileProbes {
    async fn probe(
        &self,
        _: &CallContext,
        request: ProbeRequest,
    ) -> Result<ProbeReport, ProviderError> {
        let operation = "probe";
        let probes: Probes = self.folder.read(operation)?;
        if !probes.known.contains(&request.probe) {
            // HP-5: never healthy because nobody knows better.
            return Err(refused(ErrorKind::NotFound, operation).on(request.probe.as_str()));
        }
        let computing: Computing = self.folder.read(operation)?;
        let targets = &computing.fleet(request.side).targets;
        let now = self.clock.wall();
        // HP-2: a side without targets is not healthy, nor is one of which any target is silent,
        // empty or makes no sense.
        let well = targets.iter().filter(|target| target.is_healthy(now)).count();
        // HP-3: named only when all of them run the same.
        let seen = targets.first().map(|target| target.digest.clone());
        let same = targets.iter().all(|target| Some(&target.digest) == seen.as_ref());
        Ok(ProbeReport {
            healthy: well > 0 && well == targets.len() && same,
            seen: seen.filter(|_| same),
            detail: format!("{well} of {} targets are well", targets.len()),
        })
    }
}
