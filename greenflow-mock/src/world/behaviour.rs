//! How probes, checks, hooks, notices and metrics answer.

use std::time::Duration;

use greenflow_core::provider::CheckOutcome;
use greenflow_core::value::{Digest, Side};

/// How a health probe answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum ProbeBehaviour {
    /// As the side is: healthy when any target is.
    #[default]
    Follows,
    /// Healthy, whatever the side does (F25).
    Healthy,
    /// Not healthy, whatever the side does.
    Unhealthy,
    /// It cannot be asked.
    Error,
    /// It never answers (F38).
    Hangs,
}

/// How a check or suite ends.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CheckBehaviour {
    /// How.
    pub ends: CheckEnd,
    /// After how long.
    pub takes: Duration,
    /// Each case that it runs; all have the outcome of the check unless `odd_cases` says else.
    pub cases: Vec<String>,
    /// Cases with an outcome of their own; one that did not run is `NotRun`.
    pub odd_cases: Vec<(String, CheckOutcome)>,
    /// What it says answered; by default what really runs on the side it tests.
    pub seen: Option<Digest>,
}

/// How a check or suite ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum CheckEnd {
    /// With an outcome.
    With(CheckOutcome),
    /// It cannot be run.
    Error,
    /// It never ends.
    Hangs,
}

impl Default for CheckBehaviour {
    fn default() -> Self {
        Self {
            ends: CheckEnd::With(CheckOutcome::Passed),
            takes: Duration::from_secs(20),
            cases: Vec::new(),
            odd_cases: Vec::new(),
            seen: None,
        }
    }
}

/// How a hook goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HookBehaviour {
    /// How it ends.
    pub ends: Ending,
    /// After how long.
    pub takes: Duration,
}

impl Default for HookBehaviour {
    fn default() -> Self {
        Self { ends: Ending::Well, takes: Duration::from_secs(30) }
    }
}

/// How something ends that has no finer outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum Ending {
    /// Well.
    #[default]
    Well,
    /// With an error.
    Error,
    /// Never.
    Hangs,
}

/// How the metric source answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum MetricsBehaviour {
    /// With the truth.
    #[default]
    True,
    /// Neither side is known (F31).
    Missing,
    /// One side is not known, as when its series is not a number (F32).
    NotANumber(Side),
    /// 0 of 0 on both sides, though there was traffic (F32).
    Empty,
    /// Counts that cannot be: more errors than requests (F17, F32).
    Nonsense,
    /// With the interval this long before the one asked for (F33).
    Stale(Duration),
    /// With the last answer from before, for ever (F36).
    Stuck,
    /// Each side with the other's counts (F34).
    Swapped,
    /// It cannot be read.
    Error,
    /// It never answers.
    Hangs,
}

impl ProbeBehaviour {
    /// Returns whether this side is answered as healthy, if the probe answers at all.
    pub(crate) const fn healthy(self, really: bool) -> bool {
        match self {
            Self::Follows => really,
            Self::Healthy => true,
            Self::Unhealthy | Self::Error | Self::Hangs => false,
        }
    }
}

impl CheckBehaviour {
    /// Returns each case with its outcome, when the check ended so. One that did not run lists
    /// no cases.
    pub(crate) fn outcomes(&self, ended: CheckOutcome) -> Vec<(String, CheckOutcome)> {
        if ended == CheckOutcome::NotRun {
            return Vec::new();
        }
        let odd = |case: &String| self.odd_cases.iter().find(|(name, _)| name == case);
        let known = self
            .cases
            .iter()
            .map(|case| (case.clone(), odd(case).map_or(ended, |(_, outcome)| *outcome)));
        let more = self.odd_cases.iter().filter(|(name, _)| !self.cases.contains(name)).cloned();
        known.chain(more).collect()
    }
}
