//! A stand-in with the machine's surface, until the machine itself is merged.

use std::sync::Arc;

use super::{ApprovalTarget, Input, Output, PhaseName};
use crate::fact::{Entry, StartOptions};
use crate::judge::Judge;
use crate::plan::{PlanBody, PlanHash, Timing};
use crate::provider::{Capabilities, Standing};
use crate::value::{Now, RolloutId, ServiceName, Split, Timestamp};

/// A stand-in.
#[derive(Clone, Debug)]
pub struct Machine {
    timing: Timing,
}

/// How a rollout stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// The rollout.
    pub rollout: RolloutId,
    /// Its service.
    pub service: ServiceName,
    /// Its plan.
    pub plan_hash: PlanHash,
    /// Its phase.
    pub phase: PhaseName,
    /// The split that was sent.
    pub commanded: Option<Split>,
    /// The split that was read back.
    pub read_back: Option<Split>,
    /// The split that the requests show.
    pub observed: Option<Split>,
    /// What it waits for.
    pub waits_for: String,
    /// What may be approved now.
    pub approval: Option<ApprovalTarget>,
    /// As of when.
    pub at: Timestamp,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "stand-in")]
pub enum Ended {
    /// On green.
    Completed,
    /// On blue.
    RolledBack,
    /// Before anything was touched.
    Refused,
    /// Waiting for people.
    Stuck,
}

/// What became of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "stand-in")]
pub enum Handled {
    /// It counted.
    Accepted,
    /// It changed nothing.
    Ignored,
}

/// Why an input was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "stand-in")]
pub enum InputError {
    /// A command was rejected.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The outputs were not drained.
    #[error("not drained")]
    NotDrained,
    /// An invariant is broken.
    #[error("invariant {id} is broken")]
    InvariantBroken {
        /// Which.
        id: String,
    },
}

/// Why a journal cannot be folded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cannot be folded")]
#[expect(clippy::exhaustive_structs, reason = "stand-in")]
pub struct ReplayError;

#[expect(missing_docs, clippy::missing_errors_doc, reason = "stand-in")]
#[expect(clippy::must_use_candidate, clippy::needless_pass_by_ref_mut, reason = "stand-in")]
impl Machine {
    pub fn create(
        _: RolloutId,
        plan: &PlanBody,
        _: StartOptions,
        _: Capabilities,
        _: Arc<dyn Judge>,
        _: Now,
    ) -> Self {
        Self { timing: plan.timing.clone() }
    }
    pub fn replay(
        _: impl IntoIterator<Item = Entry>,
        _: Arc<dyn Judge>,
    ) -> Result<Self, ReplayError> {
        Err(ReplayError)
    }
    pub fn handle_input(&mut self, _: Now, _: Input) -> Result<Handled, InputError> {
        Err(InputError::NotDrained)
    }
    pub fn poll_output(&mut self) -> Output {
        let reason = super::WaitReason(String::new());
        Output::Wait(super::Wait { until: None, parked: false, finished: true, reason })
    }
    pub fn set_epoch(&mut self, _: u64) {}
    pub fn head(&self) -> u64 {
        0
    }
    pub fn standing(&self) -> Standing {
        Standing::default()
    }
    #[expect(clippy::unimplemented, reason = "stand-in")]
    pub fn status(&self) -> Status {
        unimplemented!()
    }
    pub fn timing(&self) -> &Timing {
        &self.timing
    }
    pub fn outcome(&self) -> Option<Ended> {
        None
    }
    pub fn last_at(&self) -> Timestamp {
        Timestamp::ZERO
    }
    pub fn journal_is_lost(&self) -> bool {
        false
    }
}
