//! A rollout at a glance.

use crate::machine::{ApprovalTarget, PhaseName};
use crate::plan::PlanHash;
use crate::value::{
    Commanded, ReadBack, RolloutId, ServiceName, Split, Timestamp, TrafficObserved,
};

use super::State;

/// A rollout at a glance, for whoever shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The rollout.
    pub rollout: RolloutId,
    /// Its service.
    pub service: ServiceName,
    /// The plan it runs.
    pub plan_hash: PlanHash,
    /// Where it is.
    pub phase: PhaseName,
    /// The last split that was sent.
    pub commanded: Option<Split>,
    /// The last split that the configuration confirmed.
    pub read_back: Option<Split>,
    /// The last split that the requests showed.
    pub observed: Option<Split>,
    /// What it waits for.
    pub waits_for: String,
    /// What an approval must name, while one is asked for.
    pub approval: Option<ApprovalTarget>,
    /// When this was true.
    pub at: Timestamp,
}

impl Status {
    pub(in crate::machine) fn of(state: &State, waits_for: String) -> Self {
        let traffic = state.traffic();
        Self {
            rollout: state.started().rollout.clone(),
            service: state.plan().service.clone(),
            plan_hash: state.started().plan_hash.clone(),
            phase: state.phase().name(),
            commanded: traffic.commanded().map(Commanded::split),
            read_back: traffic.read_back().map(ReadBack::split),
            observed: traffic.observed().map(TrafficObserved::split),
            waits_for,
            approval: state.approval_target(),
            at: state.at(),
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "each is an exit status of its own")]
pub enum Ended {
    /// On green.
    Completed,
    /// On blue, after something was touched.
    RolledBack,
    /// Before anything was touched.
    Refused,
    /// It waits for a person; the rollout itself has not ended.
    Stuck,
}

impl Ended {
    /// Returns the name, as the record writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Refused => "refused",
            Self::Stuck => "stuck",
        }
    }
}
