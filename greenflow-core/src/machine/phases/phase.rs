//! Where a rollout is, and which moves lead on from there.

use std::time::Duration;

use super::aside::HoldTerms;
use super::{
    Assessing, AwaitingApproval, Baking, Completed, Confirming, Held, Interrupted, Preflight,
    Provisioning, Refused, Retaining, Retiring, RolledBack, RollingBack, Scheduled, Shifting,
    Stuck, Verifying, Watching,
};
use crate::fact::Move;
use crate::machine::PhaseName;
use crate::value::Timestamp;

/// Where a rollout is.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new phase must be answered everywhere")]
#[expect(missing_docs, reason = "each variant is its struct's name")]
pub enum Phase {
    Scheduled(Scheduled),
    Preflight(Preflight),
    Provisioning(Provisioning),
    Verifying(Verifying),
    AwaitingApproval(AwaitingApproval),
    Shifting(Shifting),
    Baking(Baking),
    Confirming(Confirming),
    Retaining(Retaining),
    Retiring(Retiring),
    Watching(Watching),
    Assessing(Assessing),
    Held(Held),
    RollingBack(RollingBack),
    Stuck(Stuck),
    Completed(Completed),
    RolledBack(RolledBack),
    Refused(Refused),
}

/// The move does not lead on from this phase.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no edge \"{to}\" leads on from {from}")]
pub struct IllegalMove {
    /// Where the rollout is.
    pub from: PhaseName,
    /// The move.
    pub to: &'static str,
}

impl Phase {
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
            Self::Retiring(_) => PhaseName::Retiring,
            Self::Watching(_) => PhaseName::Watching,
            Self::Assessing(_) => PhaseName::Assessing,
            Self::Held(_) => PhaseName::Held,
            Self::RollingBack(_) => PhaseName::RollingBack,
            Self::Stuck(_) => PhaseName::Stuck,
            Self::Completed(_) => PhaseName::Completed,
            Self::RolledBack(_) => PhaseName::RolledBack,
            Self::Refused(_) => PhaseName::Refused,
        }
    }

    /// Follows a move along the typed edges.
    ///
    /// # Errors
    /// [`IllegalMove`] when there is no such edge.
    pub fn follow(self, to: &Move, at: Timestamp) -> Result<Self, IllegalMove> {
        let illegal = IllegalMove { from: self.name(), to: to.name() };
        let next = match (self, to) {
            (Self::Scheduled(phase), Move::Preflight) => Self::Preflight(phase.preflight(at)),
            (Self::Preflight(phase), Move::Provision) => Self::Provisioning(phase.provision(at)),
            (Self::Provisioning(phase), Move::Verify) => Self::Verifying(phase.verify(at)),
            (Self::Verifying(phase), Move::AskApproval) => {
                Self::AwaitingApproval(phase.ask_approval(at))
            }
            (Self::AwaitingApproval(phase), Move::Shift { step: 0 }) => {
                Self::Shifting(phase.shift(at))
            }
            (Self::Shifting(phase), Move::Shift { step }) if *step == phase.step + 1 => {
                Self::Shifting(phase.next_step(*step, at))
            }
            (Self::Shifting(phase), Move::Bake) => Self::Baking(phase.bake(at)),
            (Self::Baking(phase), Move::Confirm) => Self::Confirming(phase.confirm(at)),
            (Self::Confirming(phase), Move::Retain) => Self::Retaining(phase.retain(at)),
            (Self::Retaining(phase), Move::Retire) => Self::Retiring(phase.retire(at)),
            (Self::Retiring(phase), Move::Watch) => Self::Watching(phase.watch(at)),
            (Self::Watching(phase), Move::Complete { leftovers }) => {
                Self::Completed(phase.complete(leftovers.clone(), at))
            }
            (Self::Assessing(phase), Move::Clear { minor }) => phase.clear(*minor),
            (Self::Held(phase), Move::Resume) => phase.resume(at),
            (Self::Stuck(phase), Move::Resume) => phase.resume(at),
            (Self::RollingBack(phase), Move::FinishRollback { leftovers }) => {
                Self::RolledBack(phase.finish(leftovers.clone(), at))
            }
            (Self::Held(phase), Move::Stick(reason)) => {
                Self::Stuck(phase.stick(reason.clone(), at))
            }
            (Self::RollingBack(phase), Move::Stick(reason)) => {
                Self::Stuck(phase.stick(reason.clone(), at))
            }
            (phase, Move::Hold { reason, owner, within, otherwise }) => {
                let terms = HoldTerms {
                    reason: reason.clone(),
                    owner: owner.clone(),
                    within: *within,
                    otherwise: *otherwise,
                };
                return phase.hold(terms, at).map(Self::Held).ok_or(illegal);
            }
            (phase, Move::RollBack(_) | Move::Refuse(_) | Move::Assess { .. }) => {
                return phase.leave(to, at).ok_or(illegal);
            }
            _ => return Err(illegal),
        };
        Ok(next)
    }

    fn hold(self, terms: HoldTerms, at: Timestamp) -> Option<Held> {
        Some(match self {
            Self::Scheduled(phase) => phase.hold(terms, at),
            Self::Preflight(phase) => phase.hold(terms, at),
            Self::Provisioning(phase) => phase.hold(terms, at),
            Self::Verifying(phase) => phase.hold(terms, at),
            Self::AwaitingApproval(phase) => phase.hold(terms, at),
            Self::Shifting(phase) => phase.hold(terms, at),
            Self::Baking(phase) => phase.hold(terms, at),
            Self::Confirming(phase) => phase.hold(terms, at),
            Self::Retaining(phase) => phase.hold(terms, at),
            Self::Assessing(phase) => phase.hold(terms, at),
            Self::Held(phase) => return phase.pause(terms, at),
            Self::Retiring(_)
            | Self::Watching(_)
            | Self::RollingBack(_)
            | Self::Stuck(_)
            | Self::Completed(_)
            | Self::RolledBack(_)
            | Self::Refused(_) => return None,
        })
    }

    /// Leaves out a time that nobody is known to have watched: it counts toward no hold and no bake, and
    /// against nothing that had to be seen in time.
    pub(in crate::machine) fn leave_out(&mut self, unwatched: Duration) {
        match self {
            Self::Provisioning(phase) => phase.since = phase.since.after(unwatched),
            Self::Shifting(phase) => phase.leave_out(unwatched),
            Self::Baking(phase) => phase.leave_out(unwatched),
            Self::Assessing(Assessing { from: Interrupted::Shifting(phase), .. }) => {
                phase.leave_out(unwatched);
            }
            Self::Assessing(Assessing { from: Interrupted::Baking(phase), .. }) => {
                phase.leave_out(unwatched);
            }
            // Nothing of the others is a hold; one that was held is watched anew.
            Self::Scheduled(_)
            | Self::Preflight(_)
            | Self::Verifying(_)
            | Self::AwaitingApproval(_)
            | Self::Confirming(_)
            | Self::Retaining(_)
            | Self::Retiring(_)
            | Self::Watching(_)
            | Self::Assessing(_)
            | Self::Held(_)
            | Self::RollingBack(_)
            | Self::Stuck(_)
            | Self::Completed(_)
            | Self::RolledBack(_)
            | Self::Refused(_) => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the golden table pins every edge")]
    fn leave(self, to: &Move, at: Timestamp) -> Option<Self> {
        Some(match (self, to) {
            (Self::Scheduled(phase), Move::Refuse(why)) => {
                Self::Refused(phase.refuse(why.clone(), at))
            }
            (Self::Preflight(phase), Move::Refuse(why)) => {
                Self::Refused(phase.refuse(why.clone(), at))
            }
            (Self::Held(phase), Move::Refuse(why)) => Self::Refused(phase.refuse(why.clone(), at)?),
            (Self::Shifting(phase), Move::Assess { findings }) => {
                Self::Assessing(phase.assess(findings.clone(), at))
            }
            (Self::Baking(phase), Move::Assess { findings }) => {
                Self::Assessing(phase.assess(findings.clone(), at))
            }
            (Self::Confirming(phase), Move::Assess { findings }) => {
                Self::Assessing(phase.assess(findings.clone(), at))
            }
            (Self::Retaining(phase), Move::Assess { findings }) => {
                Self::Assessing(phase.assess(findings.clone(), at))
            }
            (phase, Move::RollBack(why)) => {
                let why = why.clone();
                Self::RollingBack(match phase {
                    Self::Provisioning(phase) => phase.roll_back(why, at),
                    Self::Verifying(phase) => phase.roll_back(why, at),
                    Self::AwaitingApproval(phase) => phase.roll_back(why, at),
                    Self::Shifting(phase) => phase.roll_back(why, at),
                    Self::Baking(phase) => phase.roll_back(why, at),
                    Self::Confirming(phase) => phase.roll_back(why, at),
                    Self::Retaining(phase) => phase.roll_back(why, at),
                    Self::Assessing(phase) => phase.roll_back(why, at),
                    Self::Held(phase) if !phase.from.untouched() => phase.roll_back(why, at),
                    Self::Stuck(phase) => phase.roll_back(why, at),
                    _ => return None,
                })
            }
            _ => return None,
        })
    }
}
