//! How the world answers at the start: metrics, probes, checks, hooks.

use std::collections::BTreeMap;

use greenflow_core::provider::CheckOutcome;
use greenflow_core::value::{CheckName, Digest, HookName, ProbeName};
use serde::Deserialize;

use crate::spec::units::Span;
use crate::spec::world_spec::WorldSpec;
use crate::world::{CheckBehaviour, CheckEnd, Ending, HookBehaviour, ProbeBehaviour};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsTable {
    shortest: Option<Span>,
    delay: Option<Span>,
}

impl MetricsTable {
    pub(super) const fn apply(self, spec: &mut WorldSpec) {
        if let Some(Span(shortest)) = self.shortest {
            spec.metrics_shortest = shortest;
        }
        if let Some(Span(delay)) = self.delay {
            spec.metrics_delay = delay;
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProbeTable {
    name: ProbeName,
    answers: ProbeWord,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProbeWord {
    Follows,
    Healthy,
    Unhealthy,
    Error,
    Hangs,
}

impl ProbeWord {
    pub(super) const fn behaviour(self) -> ProbeBehaviour {
        match self {
            Self::Follows => ProbeBehaviour::Follows,
            Self::Healthy => ProbeBehaviour::Healthy,
            Self::Unhealthy => ProbeBehaviour::Unhealthy,
            Self::Error => ProbeBehaviour::Error,
            Self::Hangs => ProbeBehaviour::Hangs,
        }
    }
}

impl ProbeTable {
    pub(super) fn into_pair(self) -> (ProbeName, ProbeBehaviour) {
        (self.name, self.answers.behaviour())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTable {
    name: CheckName,
    ends: Option<CheckWord>,
    takes: Option<Span>,
    #[serde(default)]
    cases: Vec<String>,
    #[serde(default)]
    odd_cases: BTreeMap<String, CheckOutcome>,
    seen: Option<Digest>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CheckWord {
    Passed,
    Failed,
    NotRun,
    Inconclusive,
    Error,
    Hangs,
}

impl CheckTable {
    pub(super) fn into_pair(self) -> (CheckName, CheckBehaviour) {
        let ends = match self.ends.unwrap_or(CheckWord::Passed) {
            CheckWord::Passed => CheckEnd::With(CheckOutcome::Passed),
            CheckWord::Failed => CheckEnd::With(CheckOutcome::Failed),
            CheckWord::NotRun => CheckEnd::With(CheckOutcome::NotRun),
            CheckWord::Inconclusive => CheckEnd::With(CheckOutcome::Inconclusive),
            CheckWord::Error => CheckEnd::Error,
            CheckWord::Hangs => CheckEnd::Hangs,
        };
        let behaviour = CheckBehaviour {
            ends,
            takes: self.takes.map_or_else(|| CheckBehaviour::default().takes, |Span(takes)| takes),
            cases: self.cases,
            odd_cases: self.odd_cases.into_iter().collect(),
            seen: self.seen,
        };
        (self.name, behaviour)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HookTable {
    name: HookName,
    ends: Option<EndingWord>,
    takes: Option<Span>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EndingWord {
    Well,
    Error,
    Hangs,
}

impl EndingWord {
    pub(super) const fn ending(self) -> Ending {
        match self {
            Self::Well => Ending::Well,
            Self::Error => Ending::Error,
            Self::Hangs => Ending::Hangs,
        }
    }
}

impl HookTable {
    pub(super) fn into_pair(self) -> (HookName, HookBehaviour) {
        let behaviour = HookBehaviour {
            ends: self.ends.unwrap_or(EndingWord::Well).ending(),
            takes: self.takes.map_or_else(|| HookBehaviour::default().takes, |Span(takes)| takes),
        };
        (self.name, behaviour)
    }
}
