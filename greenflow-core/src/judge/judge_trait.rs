//! What a judge promises.

use std::fmt;

use super::{JudgeState, SampleRejected};
use crate::fact::Finding;
use crate::plan::Analysis;
use crate::provider::IntervalSample;
use crate::value::Verdict;

/// Turns interval counts into verdicts. Pure: the same samples give the same verdicts, anywhere.
///
/// # Contract
/// - **JU-1** `step` depends on nothing but its arguments.
/// - **JU-2** A sample that does not begin at or after the end of the last accepted one, or whose
///   counts contradict each other, is rejected and leaves the state as it was: nothing is ever
///   counted twice.
/// - **JU-3** Missing is `Unknown`, never `Healthy`: no side sample, 0 of 0, a limited metric that
///   is absent.
/// - **JU-4** `Healthy` needs every limit measured and kept in the last sample.
pub trait Judge: fmt::Debug + Send + Sync + 'static {
    /// Returns the judge's name, which its states carry.
    fn id(&self) -> &'static str;

    /// Begins to judge.
    fn start(&self, analysis: &Analysis) -> JudgeState;

    /// Takes one sample into account.
    ///
    /// # Errors
    /// [`SampleRejected`] when the sample cannot count; it then counts as missing.
    fn step(
        &self,
        analysis: &Analysis,
        state: &JudgeState,
        sample: &IntervalSample,
    ) -> Result<JudgeState, SampleRejected>;

    /// Says what the samples so far amount to.
    fn judgement(&self, analysis: &Analysis, state: &JudgeState) -> Judgement;
}

/// What the samples so far amount to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// What the last sample said by itself.
    pub last: Verdict,
    /// What is confirmed: a breach only when enough samples in a row said so.
    pub confirmed: Verdict,
    /// Limit by limit, of the last sample.
    pub findings: Vec<Finding>,
    /// Whether the other side is outside a limit too.
    pub blue: Verdict,
    /// Whether blue is measurably worse than green.
    pub blue_is_worse: bool,
}
