//! The phases beside the way: assessing, held, stuck.

use std::time::Duration;

use super::{
    AwaitingApproval, Baking, Confirming, Phase, Preflight, Provisioning, Refused, Retaining,
    RollingBack, Scheduled, ShiftStage, Shifting, Verifying,
};
use crate::fact::{Finding, HoldReason, RefusalReason, RollbackReason, StuckReason};
use crate::machine::PhaseName;
use crate::plan::OtherwisePolicy;
use crate::value::{RoleName, Timestamp};

/// The phase that was interrupted, to go on with.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "only these can be interrupted")]
pub enum Interrupted {
    /// Waiting for its time.
    Scheduled(Scheduled),
    /// Checking.
    Preflight(Preflight),
    /// Green was coming up.
    Provisioning(Provisioning),
    /// Suites were running.
    Verifying(Verifying),
    /// People were asked.
    AwaitingApproval(AwaitingApproval),
    /// Traffic was moving.
    Shifting(Shifting),
    /// Green was watched closely.
    Baking(Baking),
    /// The final checks were being made.
    Confirming(Confirming),
    /// Blue was kept.
    Retaining(Retaining),
}

impl Interrupted {
    /// Returns the phase's name.
    #[must_use]
    pub const fn name(&self) -> PhaseName {
        match self {
            Self::Scheduled(_) => PhaseName::Scheduled,
            Self::Preflight(_) => PhaseName::Preflight,
            Self::Provisioning(_) => PhaseName::Provisioning,
            Self::Verifying(_) => PhaseName::Verifying,
            Self::AwaitingApproval(_) => PhaseName::AwaitingApproval,
            Self::Shifting(_) => PhaseName::Shifting,
            Self::Baking(_) => PhaseName::Baking,
            Self::Confirming(_) => PhaseName::Confirming,
            Self::Retaining(_) => PhaseName::Retaining,
        }
    }

    /// Returns whether nothing has been touched yet.
    #[must_use]
    pub const fn untouched(&self) -> bool {
        matches!(self, Self::Scheduled(_) | Self::Preflight(_))
    }

    /// Goes on where it was.
    #[must_use]
    pub fn into_phase(self) -> Phase {
        match self {
            Self::Scheduled(phase) => Phase::Scheduled(phase),
            Self::Preflight(phase) => Phase::Preflight(phase),
            Self::Provisioning(phase) => Phase::Provisioning(phase),
            Self::Verifying(phase) => Phase::Verifying(phase),
            Self::AwaitingApproval(phase) => Phase::AwaitingApproval(phase),
            Self::Shifting(phase) => Phase::Shifting(phase),
            Self::Baking(phase) => Phase::Baking(phase),
            Self::Confirming(phase) => Phase::Confirming(phase),
            Self::Retaining(phase) => Phase::Retaining(phase),
        }
    }

    /// Marks that the assessment ended, and whether a minor breach stands.
    fn assessed(self, is_minor: bool) -> Phase {
        let mut phase = self.into_phase();
        match &mut phase {
            Phase::Shifting(Shifting { minor, assessments, .. })
            | Phase::Baking(Baking { minor, assessments, .. })
            | Phase::Confirming(Confirming { minor, assessments, .. })
            | Phase::Retaining(Retaining { minor, assessments, .. }) => {
                *minor = is_minor;
                *assessments = assessments.saturating_add(1);
            }
            Phase::Scheduled(_)
            | Phase::Preflight(_)
            | Phase::Provisioning(_)
            | Phase::Verifying(_)
            | Phase::AwaitingApproval(_)
            | Phase::Retiring(_)
            | Phase::Watching(_)
            | Phase::Assessing(_)
            | Phase::Held(_)
            | Phase::RollingBack(_)
            | Phase::Stuck(_)
            | Phase::Completed(_)
            | Phase::RolledBack(_)
            | Phase::Refused(_) => {}
        }
        phase
    }

    /// Goes on after a hold of `held`: what was waited for must be seen anew, and time in the hold
    /// counts toward nothing but retention.
    fn resumed(self, held: Duration, at: Timestamp) -> Phase {
        let mut phase = self.into_phase();
        match &mut phase {
            Phase::Shifting(shifting) => match shifting.stage {
                ShiftStage::Raising => {}
                ShiftStage::Observing { .. } | ShiftStage::Holding { .. } => {
                    shifting.stage = ShiftStage::Observing { since: at };
                }
            },
            Phase::Preflight(Preflight { since })
            | Phase::Provisioning(Provisioning { since })
            | Phase::AwaitingApproval(AwaitingApproval { since, .. })
            | Phase::Baking(Baking { since, .. })
            | Phase::Confirming(Confirming { since, .. }) => *since = since.after(held),
            Phase::Retaining(retaining) => retaining.resumed = Some(at),
            Phase::Scheduled(_)
            | Phase::Verifying(_)
            | Phase::Retiring(_)
            | Phase::Watching(_)
            | Phase::Assessing(_)
            | Phase::Held(_)
            | Phase::RollingBack(_)
            | Phase::Stuck(_)
            | Phase::Completed(_)
            | Phase::RolledBack(_)
            | Phase::Refused(_) => {}
        }
        phase
    }
}

/// Triage of a bad sample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assessing {
    pub(crate) since: Timestamp,
    pub(crate) from: Interrupted,
    pub(crate) findings: Vec<Finding>,
}

impl Assessing {
    pub(super) const fn new(from: Interrupted, findings: Vec<Finding>, since: Timestamp) -> Self {
        Self { since, from, findings }
    }

    /// Goes on where the bad sample came.
    #[must_use]
    pub fn clear(self, minor: bool) -> Phase {
        self.from.assessed(minor)
    }

    /// Stops for a while; what was interrupted stays the same.
    #[must_use]
    pub fn hold(self, terms: HoldTerms, at: Timestamp) -> Held {
        Held::new(self.from, terms, at)
    }

    /// Goes back to blue.
    #[must_use]
    pub fn roll_back(self, reason: RollbackReason, at: Timestamp) -> RollingBack {
        RollingBack::new(reason, at)
    }
}

/// The terms of a hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldTerms {
    /// Why.
    pub reason: HoldReason,
    /// Whose turn it is.
    pub owner: Option<RoleName>,
    /// For how long.
    pub within: Duration,
    /// What happens then.
    pub otherwise: OtherwisePolicy,
}

/// Stopped for a while: by a pause, a drift, or a question to people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    pub(crate) since: Timestamp,
    pub(crate) from: Interrupted,
    pub(crate) terms: HoldTerms,
    /// Since when these terms hold: what was held already may be paused.
    pub(crate) agreed: Timestamp,
}

impl Held {
    pub(super) const fn new(from: Interrupted, terms: HoldTerms, since: Timestamp) -> Self {
        Self { since, from, terms, agreed: since }
    }

    /// Returns when the hold runs out.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.agreed.after(self.terms.within)
    }

    /// Stays held, now because a person paused it; `None` for any other reason.
    #[must_use]
    pub fn pause(self, terms: HoldTerms, at: Timestamp) -> Option<Self> {
        let paused = matches!(terms.reason, HoldReason::Paused { .. });
        paused.then_some(Self { terms, agreed: at, ..self })
    }

    /// Goes on where it was.
    #[must_use]
    pub fn resume(self, at: Timestamp) -> Phase {
        let mut phase = self.from.resumed(at.since(self.since), at);
        if let (Phase::Confirming(confirming), HoldReason::Unacknowledged { .. }) =
            (&mut phase, &self.terms.reason)
        {
            confirming.waived = true;
        }
        if let (Phase::AwaitingApproval(asking), HoldReason::ApprovalExpired) =
            (&mut phase, &self.terms.reason)
        {
            asking.since = at;
        }
        phase
    }

    /// Goes back to blue.
    #[must_use]
    pub fn roll_back(self, reason: RollbackReason, at: Timestamp) -> RollingBack {
        RollingBack::new(reason, at)
    }

    /// Ends before anything was touched; `None` when something was.
    #[must_use]
    pub fn refuse(self, reason: RefusalReason, at: Timestamp) -> Option<Refused> {
        self.from.untouched().then(|| Refused::new(reason, at))
    }

    /// Stops until a person acts.
    #[must_use]
    pub fn stick(self, reason: StuckReason, at: Timestamp) -> Stuck {
        Stuck { since: at, from: StuckFrom::Held(Box::new(self)), reason }
    }
}

/// What was stuck.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "only these can get stuck")]
pub enum StuckFrom {
    /// A hold that ran out.
    Held(Box<Held>),
    /// A way back that is blocked.
    RollingBack(Box<RollingBack>),
}

/// Stopped until a person acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    pub(crate) since: Timestamp,
    pub(crate) from: StuckFrom,
    pub(crate) reason: StuckReason,
}

impl Stuck {
    pub(super) fn rolling_back(from: RollingBack, reason: StuckReason, at: Timestamp) -> Self {
        Self { since: at, from: StuckFrom::RollingBack(Box::new(from)), reason }
    }

    /// Returns whether it is the way back that is blocked.
    #[must_use]
    pub const fn is_on_the_way_back(&self) -> bool {
        matches!(self.from, StuckFrom::RollingBack(_))
    }

    /// Goes on where it was.
    #[must_use]
    pub fn resume(self, at: Timestamp) -> Phase {
        match self.from {
            StuckFrom::Held(held) => held.resume(at),
            StuckFrom::RollingBack(back) => Phase::RollingBack(back.again(at)),
        }
    }

    /// Goes back to blue.
    #[must_use]
    pub fn roll_back(self, reason: RollbackReason, at: Timestamp) -> RollingBack {
        match self.from {
            StuckFrom::Held(_) => RollingBack::new(reason, at),
            StuckFrom::RollingBack(back) => back.again(at),
        }
    }
}
