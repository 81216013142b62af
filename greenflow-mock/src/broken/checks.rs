//! Providers of checks that are wrong on purpose.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ErrorKind, ProviderError,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::Side;

use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};
use crate::world::{Change, SideChange, World};

mistakes! {
    /// What a provider of checks does wrong.
    CheckMistake {
        /// It passes a suite that never ran.
        PassesWhatNeverRan = ("passes-what-never-ran", "CK-1"),
        /// It lists the cases that passed only.
        HidesFailures = ("hides-failures", "CK-2"),
        /// It says that blue's revision answered.
        NamesAnother = ("names-another", "CK-3"),
        /// It leaves a target behind each time.
        LeavesThingsBehind = ("leaves-things-behind", "CK-4"),
        /// It has a report for a check that there is not.
        KnowsEveryCheck = ("knows-every-check", "CK-5"),
    }
}

impl CheckMistake {
    /// Runs the test kit on a provider of checks that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::checks(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenChecks::new(self, fixture.providers().checks, fixture.world()))
        })
    }
}

/// A provider of checks that makes one mistake.
#[derive(Debug)]
pub struct BrokenChecks {
    mistake: CheckMistake,
    inner: Arc<dyn Check>,
    world: World,
}

impl BrokenChecks {
    /// Lets `inner`, of `world`, make a mistake.
    #[must_use]
    pub const fn new(mistake: CheckMistake, inner: Arc<dyn Check>, world: World) -> Self {
        Self { mistake, inner, world }
    }

    fn spoil(&self, report: &mut CheckReport) {
        match self.mistake {
            CheckMistake::PassesWhatNeverRan if report.outcome == CheckOutcome::NotRun => {
                report.outcome = CheckOutcome::Passed;
            }
            CheckMistake::HidesFailures => {
                report.cases.retain(|(_, outcome)| *outcome == CheckOutcome::Passed);
            }
            CheckMistake::NamesAnother => {
                report.seen = self.world.truth().sides.blue.digests.first().cloned();
            }
            CheckMistake::LeavesThingsBehind => {
                let targets = self.world.truth().sides.green.desired + 1;
                self.world.change(Change::Side(Side::Green, SideChange::Targets(targets)));
            }
            CheckMistake::PassesWhatNeverRan | CheckMistake::KnowsEveryCheck => {}
        }
    }
}

#[async_trait]
impl Check for BrokenChecks {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        match self.inner.run(cx, request).await {
            Ok(mut report) => {
                self.spoil(&mut report);
                Ok(report)
            }
            Err(error)
                if self.mistake == CheckMistake::KnowsEveryCheck
                    && error.kind() == ErrorKind::NotFound =>
            {
                Ok(CheckReport::ended(CheckOutcome::NotRun, "there is no such check"))
            }
            Err(error) => Err(error),
        }
    }
}
