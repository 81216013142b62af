//! What is known of a rollout: a pure fold of its facts.

mod fold;
mod fold_writes;
mod illegal_fact;
mod ledger;
mod rescaled;
mod status;
mod traffic;

pub use illegal_fact::IllegalFact;
pub use ledger::{CheckRecord, FailedWrite, PendingWrite};
pub(in crate::machine) use rescaled::Rescaled;
pub use status::{Ended, Status};
pub use traffic::Traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::observe::Tie;
use super::phases::Phase;
use super::{ApprovalTarget, PhaseName};
use crate::fact::{Scope, Started, Totals};
use crate::plan::PlanBody;
use crate::provider::{CheckOutcome, CheckStage, Notice, NoticeKey, SideState, Standing};
use crate::value::{CheckName, EffectId, HookName, ResourceId, Timestamp, Verdict, WallTime, Who};

/// What is known of a rollout: a pure fold of its facts, equal for equal facts everywhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    pub(super) started: Arc<Started>,
    pub(super) head: u64,
    pub(super) epoch: u64,
    pub(super) began: bool,
    pub(super) at: Timestamp,
    pub(super) wall: WallTime,
    pub(super) phase: Phase,
    pub(super) traffic: Traffic,
    pub(super) writes: BTreeMap<EffectId, PendingWrite>,
    pub(super) failed: BTreeMap<&'static str, FailedWrite>,
    pub(super) next_effect: EffectId,
    pub(super) blue: Option<SideState>,
    pub(super) green: Vec<ResourceId>,
    /// There may be more of green than is known: nobody knows what came of its last creation.
    pub(super) green_unsure: bool,
    /// There may be a pin on blue, and it must be taken back on every way out.
    pub(super) pinned: bool,
    /// The pin on blue was read back.
    pub(super) pin_confirmed: bool,
    /// Taking the pin back has failed: it may be there still.
    pub(super) unpin_failed: bool,
    /// How often each side was given its targets back.
    pub(super) rescaled: Rescaled,
    /// A newer rollout has asked for blue's removal, and watches from then on.
    pub(super) superseded: bool,
    pub(super) blue_removed: bool,
    pub(super) hooks_done: BTreeSet<HookName>,
    pub(super) checks: BTreeMap<(CheckStage, CheckName), CheckRecord>,
    pub(super) confirmed: BTreeMap<String, Who>,
    pub(super) promote_full: bool,
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) unsent: BTreeMap<NoticeKey, Notice>,
    pub(super) notice_keys: BTreeSet<NoticeKey>,
    pub(super) reports: usize,
    /// What was counted in the long watch since the last report, and since when.
    pub(super) unreported: Option<(WallTime, Totals)>,
    pub(super) issues: BTreeSet<String>,
    pub(super) judged: Option<(Scope, Verdict)>,
    pub(super) sampled_until: Option<WallTime>,
    /// How the metric source's clock and rollout time belong together.
    pub(super) tie: Option<Tie>,
}

impl State {
    /// Returns what was decided when the rollout was created.
    #[must_use]
    pub fn started(&self) -> &Started {
        &self.started
    }

    /// Returns the plan.
    #[must_use]
    pub fn plan(&self) -> &PlanBody {
        &self.started.plan
    }

    /// Returns the phase.
    #[must_use]
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Returns what is known of the split.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Returns how many facts there are.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Returns when the last fact was written.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns what an approval must name, while one is asked for.
    #[must_use]
    pub fn approval_target(&self) -> Option<ApprovalTarget> {
        let asked = matches!(self.phase, Phase::AwaitingApproval(_));
        asked.then(|| ApprovalTarget {
            rollout: self.started.rollout.clone(),
            plan: self.started.plan_hash.clone(),
            step: 0,
            digest: self.plan().green.digest.clone(),
        })
    }

    /// Returns how the rollout stands, as the journal lists it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let phase = self.phase.name();
        let ended = phase.is_terminal();
        // The lock goes when blue is gone: from then on another rollout may take both sides.
        let locks_service = !ended && phase != PhaseName::Watching;
        Standing { ended, locks_service }
    }

    /// Returns the writes whose outcome is not known.
    #[must_use]
    pub const fn outstanding(&self) -> &BTreeMap<EffectId, PendingWrite> {
        &self.writes
    }

    /// Returns how much of the time that nothing was written down may count.
    pub(super) fn idle_max(&self) -> Duration {
        let asked = matches!(self.phase, Phase::AwaitingApproval(_));
        let approval = self.plan().approval.as_ref().filter(|_| asked);
        approval.map_or(IDLE_MAX, |approval| approval.expires_after.max(IDLE_MAX))
    }

    /// Returns how the metric source's clock and rollout time belong together for whoever takes over after
    /// nothing was written down for so long. By a store with a wild clock all that counts of it may be made up.
    pub(super) fn tie_after(&self, unwatched: Duration) -> Option<Tie> {
        self.tie.map(|tie| tie.after_idle(unwatched.min(self.idle_max())))
    }

    /// Returns whether there may be anything of green.
    pub(super) fn may_have_green(&self) -> bool {
        !self.green.is_empty() || self.green_unsure || self.pending("provision").is_some()
    }

    /// Returns whether blue's pin was read back.
    pub(super) const fn pinned_for_sure(&self) -> bool {
        self.pin_confirmed
    }

    /// Returns whether a check passed.
    pub(super) fn passed(&self, stage: CheckStage, check: &CheckName) -> bool {
        self.checks
            .get(&(stage, check.clone()))
            .is_some_and(|record| record.outcome == CheckOutcome::Passed)
    }

    /// Returns *H*.
    pub(super) fn late_effect_bound(&self) -> Duration {
        self.started.late_effect_bound
    }

    /// Returns the pending write of this kind, if there is one.
    pub(super) fn pending(&self, kind: &str) -> Option<EffectId> {
        self.writes.iter().find(|(_, pending)| pending.write.name() == kind).map(|(id, _)| *id)
    }
}

/// How much of a time in which nobody acted counts as rollout time.
const IDLE_MAX: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests;
