//! The checks: each reads the report that a suite's runner has left.

use std::collections::BTreeMap;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ErrorKind, ProviderError,
};
use greenflow_core::value::{CheckName, Digest};
use serde::{Deserialize, Serialize};

use super::store::{Document, Folder, refused};

/// `reports.json`: the newest report of each suite.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Reports {
    pub(super) suites: BTreeMap<CheckName, Suite>,
}

/// What a runner has left.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Suite {
    /// Whether it came to its end.
    pub(super) finished: bool,
    pub(super) cases: Vec<(String, CheckOutcome)>,
    /// What answered the suite's requests, if it asked.
    pub(super) seen: Option<Digest>,
}

impl Document for Reports {
    const FILE: &'static str = "reports.json";
}

impl Suite {
    /// CK-1: passed is only what ran to its end, ran something, and found nothing wrong.
    fn outcome(&self) -> CheckOutcome {
        let all = |outcome| self.cases.iter().all(|(_, ended)| *ended == outcome);
        if !self.finished || self.cases.is_empty() {
            CheckOutcome::NotRun
        } else if all(CheckOutcome::Passed) {
            CheckOutcome::Passed
        } else if self.cases.iter().any(|(_, ended)| *ended == CheckOutcome::Failed) {
            CheckOutcome::Failed
        } else {
            CheckOutcome::Inconclusive
        }
    }
}

/// Checks whose reports are in `reports.json`.
#[derive(Clone, Debug)]
pub struct FileChecks {
    folder: Folder,
}

impl FileChecks {
    pub(super) const fn new(folder: Folder) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Check for FileChecks {
    async fn run(
        &self,
        _: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        let reports: Reports = self.folder.read("run check")?;
        let suite = reports
            .suites
            .get(&request.check)
            .ok_or_else(|| refused(ErrorKind::NotFound, "run check").on(request.check.as_str()))?;
        let detail = format!("{} cases", suite.cases.len());
        let mut report = CheckReport::ended(suite.outcome(), detail);
        report.cases.clone_from(&suite.cases);
        report.seen.clone_from(&suite.seen);
        Ok(report)
    }
}
