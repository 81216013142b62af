//! Judges that are wrong on purpose.

use std::sync::atomic::{AtomicI64, Ordering};

use greenflow_core::judge::{Judge, JudgeState, Judgement, SampleRejected, ThresholdJudge};
use greenflow_core::plan::Analysis;
use greenflow_core::provider::IntervalSample;
use greenflow_core::testkit::{self, Report};
use greenflow_core::value::Verdict;

use super::mistake::mistakes;

mistakes! {
    /// What a judge does wrong.
    JudgeMistake {
        /// It remembers what is not in the state.
        RemembersByItself = ("remembers-by-itself", "JU-1"),
        /// It counts a sample of time that was counted already.
        CountsTwice = ("counts-twice", "JU-2"),
        /// It passes over a sample without requests, as if nothing were wrong.
        PassesOverTheEmpty = ("passes-over-the-empty", "JU-3"),
        /// It finds the last sample good until a breach is confirmed.
        WaitsTooLong = ("waits-too-long", "JU-4"),
    }
}

impl JudgeMistake {
    /// Runs the test kit on a judge that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        testkit::judge::run_all(self.name(), || BrokenJudge::new(self))
    }
}

/// A threshold judge that makes one mistake.
#[derive(Debug)]
pub struct BrokenJudge {
    mistake: JudgeMistake,
    inner: ThresholdJudge,
    steps: AtomicI64,
}

impl BrokenJudge {
    /// Makes one.
    #[must_use]
    pub const fn new(mistake: JudgeMistake) -> Self {
        Self { mistake, inner: ThresholdJudge::new(), steps: AtomicI64::new(0) }
    }
}

impl Judge for BrokenJudge {
    fn id(&self) -> &'static str {
        self.inner.id()
    }

    fn start(&self, analysis: &Analysis) -> JudgeState {
        self.inner.start(analysis)
    }

    fn step(
        &self,
        analysis: &Analysis,
        state: &JudgeState,
        sample: &IntervalSample,
    ) -> Result<JudgeState, SampleRejected> {
        let mut next = match self.inner.step(analysis, state, sample) {
            Err(SampleRejected::Overlaps) if self.mistake == JudgeMistake::CountsTwice => {
                self.inner.step(analysis, &self.start(analysis), sample)?
            }
            answer => answer?,
        };
        let empty = sample.green.as_ref().is_none_or(|green| green.requests == 0);
        if self.mistake == JudgeMistake::PassesOverTheEmpty && empty {
            next.findings.clone_from(&state.findings);
        }
        if self.mistake == JudgeMistake::RemembersByItself {
            let steps = self.steps.fetch_add(1, Ordering::Relaxed);
            next.counters.insert("steps".to_owned(), steps);
        }
        Ok(next)
    }

    fn judgement(&self, analysis: &Analysis, state: &JudgeState) -> Judgement {
        let mut judgement = self.inner.judgement(analysis, state);
        let confirmed = matches!(judgement.confirmed, Verdict::Breach(_));
        let broken = matches!(judgement.last, Verdict::Breach(_));
        if self.mistake == JudgeMistake::WaitsTooLong && broken && !confirmed {
            judgement.last = Verdict::Healthy;
        }
        judgement
    }
}
