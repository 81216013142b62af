//! The contract of [`HealthProbe`].

use std::sync::Arc;

use async_trait::async_trait;

use super::bench::{Bench, possible, stimulus};
use super::names::{UNKNOWN, not_found};
use super::result::{Checked, ensure, made, skip};
use super::{ClauseResult, Fixture, Stimulus, cannot};
use crate::provider::{HealthProbe, ProbeReport, ProbeRequest, ProviderError};
use crate::value::{Digest, ProbeName, Side};

/// A fresh probe of two sides that answer well, and the hands that act on them from outside.
#[async_trait]
pub trait HealthFixture: Fixture {
    /// Returns the probe, the same at each call.
    fn health(&self) -> Arc<dyn HealthProbe>;

    /// Returns the name of a probe that it knows.
    fn probe(&self) -> ProbeName;

    /// Decides how a side answers from now on.
    async fn answer(&self, _side: Side, _answer: SideAnswer) -> Stimulus {
        cannot("decide how a side answers")
    }

    /// Lets a side say that this digest answers (HP-3).
    async fn run(&self, _side: Side, _digest: Digest) -> Stimulus {
        cannot("let a side run a digest")
    }

    /// Describes the sides as they are, whatever a probe could change (HP-4).
    async fn fingerprint(&self) -> Stimulus<String> {
        cannot("take a fingerprint of the sides")
    }
}

/// How a side answers a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a fixture answers each")]
pub enum SideAnswer {
    /// Well.
    Well,
    /// That it is not well.
    Ill,
    /// Not at all.
    Silence,
    /// With nothing in the answer.
    Empty,
    /// With something that makes no sense.
    Nonsense,
}

super::clause::clauses! {
    "HealthProbe", HealthFixture,
    "HP-1" => only_the_side_that_was_asked_counts,
    "HP-2" => no_sensible_answer_is_not_healthy,
    "HP-3" => what_answered_is_named,
    "HP-4" => a_probe_changes_nothing,
    "HP-5" => an_unknown_probe_is_not_found,
}

/// HP-1: makes one side ill at a time, and probes both.
pub async fn only_the_side_that_was_asked_counts(fixture: &dyn HealthFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        for ill in [Side::Green, Side::Blue] {
            let well = ill.other();
            stimulus(fixture.answer(ill, SideAnswer::Ill).await)?;
            stimulus(fixture.answer(well, SideAnswer::Well).await)?;
            bench.settle().await?;
            let report = bench.ok("probe", probe(&bench, fixture, well)).await?;
            ensure(report.healthy, || format!("{well} answers well, and is read as {report:?}"))?;
            not_healthy(&bench, fixture, ill, SideAnswer::Ill).await?;
        }
        Ok(())
    };
    check.await.into()
}

/// HP-2: makes green silent, empty and senseless in turn.
pub async fn no_sensible_answer_is_not_healthy(fixture: &dyn HealthFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let mut could = false;
        for answer in [SideAnswer::Silence, SideAnswer::Empty, SideAnswer::Nonsense] {
            if possible(fixture.answer(Side::Green, answer).await)? {
                could = true;
                bench.settle().await?;
                not_healthy(&bench, fixture, Side::Green, answer).await?;
            }
        }
        if could { Ok(()) } else { skip("the fixture cannot decide how a side answers") }
    };
    check.await.into()
}

/// HP-3: lets green say what answers.
pub async fn what_answered_is_named(fixture: &dyn HealthFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let digest = made(Digest::new(format!("sha256:{}", "e".repeat(64))))?;
        stimulus(fixture.run(Side::Green, digest.clone()).await)?;
        bench.settle().await?;
        let seen = bench.ok("probe", probe(&bench, fixture, Side::Green)).await?.seen;
        ensure(seen.as_ref() == Some(&digest), || {
            format!("the answer names {digest:?}, and the report says {seen:?}")
        })
    };
    check.await.into()
}

/// HP-4: probes both sides, and compares fingerprints.
pub async fn a_probe_changes_nothing(fixture: &dyn HealthFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let before = stimulus(fixture.fingerprint().await)?;
        for side in [Side::Blue, Side::Green, Side::Green] {
            drop(bench.answer("probe", probe(&bench, fixture, side)).await?);
        }
        bench.settle().await?;
        let after = stimulus(fixture.fingerprint().await)?;
        ensure(before == after, || format!("probes changed {before} to {after}"))
    };
    check.await.into()
}

/// HP-5: asks for a probe that there is not.
pub async fn an_unknown_probe_is_not_found(fixture: &dyn HealthFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        let (health, cx) = (fixture.health(), bench.read());
        let request = ProbeRequest::new(made(ProbeName::new(UNKNOWN))?, Side::Blue);
        not_found(&bench, "probe", health.probe(&cx, request)).await
    };
    check.await.into()
}

async fn probe(
    bench: &Bench<'_>,
    fixture: &dyn HealthFixture,
    side: Side,
) -> Result<ProbeReport, ProviderError> {
    let request = ProbeRequest::new(fixture.probe(), side);
    fixture.health().probe(&bench.read(), request).await
}

/// Probes; an error or no answer will do, and so will "not healthy".
async fn not_healthy(
    bench: &Bench<'_>,
    fixture: &dyn HealthFixture,
    side: Side,
    answer: SideAnswer,
) -> Checked {
    let healthy = match bench.outcome(probe(bench, fixture, side)).await {
        None | Some(Err(_)) => false,
        Some(Ok(report)) => report.healthy,
    };
    ensure(!healthy, || format!("{side} answers with {answer:?}, and is read as healthy"))
}
