//! The contract of [`Check`].

use std::sync::Arc;

use async_trait::async_trait;

use super::bench::{Bench, possible, stimulus};
use super::names::{UNKNOWN, not_found};
use super::result::{Checked, ensure, made, skip};
use super::{ClauseResult, Fixture, Stimulus, cannot};
use crate::provider::{Check, CheckOutcome, CheckReport, CheckRequest, CheckStage, ProviderError};
use crate::value::{CheckName, Digest, Revision};

/// A fresh provider of checks, and the hands that decide what its check will find.
#[async_trait]
pub trait CheckFixture: Fixture {
    /// Returns the provider, the same at each call.
    fn checks(&self) -> Arc<dyn Check>;

    /// Returns the name of a check that it knows.
    fn check(&self) -> CheckName;

    /// Returns the stage at which the check can run; by default on green, before traffic.
    fn stage(&self) -> CheckStage {
        CheckStage::Verify
    }

    /// Returns the revision under test.
    fn revision(&self) -> Revision;

    /// Decides what happens in the check's runs from now on.
    async fn script(&self, _run: CheckRun) -> Stimulus {
        cannot("decide how a check ends")
    }

    /// Lets this digest answer the check (CK-3).
    async fn answer_by(&self, _digest: Digest) -> Stimulus {
        cannot("decide what answers a check")
    }

    /// Describes everything that a check could leave behind (CK-4).
    async fn fingerprint(&self) -> Stimulus<String> {
        cannot("take a fingerprint")
    }
}

/// What happens in a check's run.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a fixture answers each")]
pub enum CheckRun {
    /// It runs exactly these cases, to its end.
    Cases(Vec<(String, CheckOutcome)>),
    /// It is cancelled on the way.
    Cancelled,
    /// It ends well, and no case was in it.
    Empty,
    /// Its result cannot be parsed.
    Garbled,
}

super::clause::clauses! {
    "Check", CheckFixture,
    "CK-1" => only_a_run_without_fault_passes,
    "CK-2" => every_case_is_listed,
    "CK-3" => what_answered_is_named,
    "CK-4" => it_may_be_run_again,
    "CK-5" => an_unknown_check_is_not_found,
}

/// CK-1: lets the check run well, then in every way that is no pass.
pub async fn only_a_run_without_fault_passes(fixture: &dyn CheckFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        stimulus(fixture.script(CheckRun::Cases(well())).await)?;
        let report = bench.ok("run", run(&bench, fixture)).await?;
        ensure(report.outcome == CheckOutcome::Passed, || {
            format!("every case passed, and the check ended as {:?}", report.outcome)
        })?;
        let none =
            [CheckRun::Cases(mixed()), CheckRun::Cancelled, CheckRun::Empty, CheckRun::Garbled];
        for script in none {
            if !possible(fixture.script(script.clone()).await)? {
                continue;
            }
            let passed = match bench.outcome(run(&bench, fixture)).await {
                None | Some(Err(_)) => false,
                Some(Ok(report)) => report.outcome == CheckOutcome::Passed,
            };
            ensure(!passed, || format!("the run was {script:?}, and the check passed"))?;
        }
        Ok(())
    };
    check.await.into()
}

/// CK-2: runs cases that end differently, and compares the list.
pub async fn every_case_is_listed(fixture: &dyn CheckFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let mut cases = mixed();
        stimulus(fixture.script(CheckRun::Cases(cases.clone())).await)?;
        let mut listed = bench.ok("run", run(&bench, fixture)).await?.cases;
        cases.sort_by(|a, b| a.0.cmp(&b.0));
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        ensure(listed == cases, || {
            format!("the cases were {cases:?}, and are listed as {listed:?}")
        })
    };
    check.await.into()
}

/// CK-3: lets a known digest answer.
pub async fn what_answered_is_named(fixture: &dyn CheckFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let digest = made(Digest::new(format!("sha256:{}", "e".repeat(64))))?;
        stimulus(fixture.answer_by(digest.clone()).await)?;
        let seen = bench.ok("run", run(&bench, fixture)).await?.seen;
        match seen {
            None => skip("the check cannot know what answers"),
            Some(seen) => ensure(seen == digest, || {
                format!("{digest:?} answers, and the report says {seen:?}")
            }),
        }
    };
    check.await.into()
}

/// CK-4: runs it twice; both end alike, and nothing is left behind.
pub async fn it_may_be_run_again(fixture: &dyn CheckFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let before = known(fixture.fingerprint().await)?;
        let first = bench.ok("the first run", run(&bench, fixture)).await?.outcome;
        let second = bench.ok("the second run", run(&bench, fixture)).await?.outcome;
        ensure(first == second, || format!("it ended as {first:?}, and again as {second:?}"))?;
        let after = known(fixture.fingerprint().await)?;
        ensure(before == after, || format!("the runs changed {before:?} to {after:?}"))
    };
    check.await.into()
}

/// CK-5: asks for a check that there is not.
pub async fn an_unknown_check_is_not_found(fixture: &dyn CheckFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let (checks, cx) = (fixture.checks(), bench.read());
        let name = made(CheckName::new(UNKNOWN))?;
        let request = CheckRequest::new(name, fixture.stage(), fixture.revision());
        not_found(&bench, "run", checks.run(&cx, request)).await
    };
    check.await.into()
}

async fn run(bench: &Bench<'_>, fixture: &dyn CheckFixture) -> Result<CheckReport, ProviderError> {
    let request = CheckRequest::new(fixture.check(), fixture.stage(), fixture.revision());
    fixture.checks().run(&bench.read(), request).await
}

/// A fingerprint where there can be one.
fn known(answer: Stimulus<String>) -> Checked<Option<String>> {
    match answer {
        Err(super::NoStimulus::Cannot(_)) => Ok(None),
        other => stimulus(other).map(Some),
    }
}

fn well() -> Vec<(String, CheckOutcome)> {
    ["login", "query"].map(|case| (case.to_owned(), CheckOutcome::Passed)).to_vec()
}

fn mixed() -> Vec<(String, CheckOutcome)> {
    vec![("login".to_owned(), CheckOutcome::Passed), ("query".to_owned(), CheckOutcome::Failed)]
}
