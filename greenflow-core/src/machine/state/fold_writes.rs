//! How the facts about writes change the state.

use super::{FailedWrite, IllegalFact, PendingWrite, State};
use crate::fact::{Outcome, OutcomeClass, Write};
use crate::machine::phases::{Phase, ShiftStage};
use crate::value::{Commanded, EffectId, ResourceId, Side, Split, Timestamp};

impl State {
    pub(super) fn intended(
        &mut self,
        sequence: u64,
        id: EffectId,
        write: &Write,
    ) -> Result<(), IllegalFact> {
        if id < self.next_effect {
            return Err(IllegalFact::Write { sequence, id, problem: "intended twice" });
        }
        self.next_effect = id.next();
        self.traffic.sent(self.at);
        if let Some(split) = write.split() {
            self.traffic.commanded = Some(Commanded::new(split, self.at));
        }
        match write {
            Write::Raise { .. } => self.traffic.raised = true,
            Write::Provision { .. } => {
                if !self.green.is_empty() {
                    self.rescaled.count(Side::Green);
                }
            }
            Write::Cut => {
                if let Phase::RollingBack(back) = &mut self.phase {
                    back.cuts = back.cuts.saturating_add(1);
                }
            }
            Write::PinBlue { minimum } => {
                if minimum.is_some() && self.pin_confirmed {
                    self.rescaled.count(Side::Blue);
                }
                self.pinned |= minimum.is_some();
            }
            Write::Remove { .. } | Write::RunHook { .. } => {}
        }
        self.writes.insert(id, PendingWrite { write: write.clone(), at: self.at });
        Ok(())
    }

    pub(super) fn ended(&mut self, sequence: u64, outcome: &Outcome) -> Result<(), IllegalFact> {
        let id = outcome.id;
        let Some(PendingWrite { write, .. }) = self.writes.remove(&id) else {
            return Err(IllegalFact::Write { sequence, id, problem: "not under way" });
        };
        if let Some(sent) = outcome.last_sent_at {
            self.traffic.sent(sent);
            if outcome.may_land_late {
                self.traffic.may_land_until(sent.after(self.late_effect_bound()));
            }
        }
        if outcome.class == OutcomeClass::Applied {
            self.failed.remove(write.name());
            self.applied(&write, outcome);
        } else {
            if matches!(write, Write::Provision { .. }) && outcome.class == OutcomeClass::Ambiguous
            {
                self.green_unsure = true;
                // As long as none is known, it is created again.
                if !self.green.is_empty() {
                    self.created(&outcome.resources);
                }
            }
            self.unpin_failed |= matches!(write, Write::PinBlue { minimum: None });
            let times = self.failed.get(write.name()).map_or(0, |failed| failed.times);
            // One that a controller did not even send says nothing of the provider: whoever takes
            // over twice at the wrong moment must not end the rollout.
            let tried = u32::from(outcome.attempts > 0);
            let failed = FailedWrite {
                times: times.saturating_add(tried),
                at: self.at,
                class: outcome.class,
                failure: outcome.failure.clone(),
            };
            self.failed.insert(write.name(), failed);
        }
        Ok(())
    }

    fn applied(&mut self, write: &Write, outcome: &Outcome) {
        let at = self.at;
        if let Some(split) = write.split() {
            let commanded = self.traffic.commanded.unwrap_or_else(|| Commanded::new(split, at));
            // An older write may be confirmed after a newer one was sent: it confirms nothing.
            if let Some(read_back) = commanded.read_back(split, at) {
                self.traffic.read_back = Some(read_back);
                self.split_confirmed(split, at);
            }
        }
        match write {
            Write::Raise { .. } | Write::Cut => {}
            Write::Provision { .. } => {
                self.created(&outcome.resources);
                self.green_unsure = outcome.resources.is_empty();
            }
            Write::PinBlue { minimum } => {
                self.pinned = minimum.is_some();
                self.pin_confirmed = minimum.is_some();
            }
            Write::Remove { side: Side::Green, .. } => {
                if let Phase::RollingBack(back) = &mut self.phase {
                    back.stopped_at = Some(at);
                }
            }
            Write::Remove { side: Side::Blue, .. } => self.blue_removed = true,
            Write::RunHook { hook, .. } => {
                self.hooks_done.insert(hook.clone());
            }
        }
    }

    /// Adds what was created for green. It may be made anew when another hand has deleted it; what is
    /// gone meanwhile counts as removed (CO-7).
    fn created(&mut self, resources: &[ResourceId]) {
        for resource in resources {
            if !self.green.contains(resource) {
                self.green.push(resource.clone());
            }
        }
    }

    fn split_confirmed(&mut self, split: Split, at: Timestamp) {
        match &mut self.phase {
            Phase::Shifting(shifting) if split != Split::ALL_BLUE => {
                shifting.stage = ShiftStage::Observing { since: at };
            }
            Phase::RollingBack(back) if split == Split::ALL_BLUE => back.cut_at = Some(at),
            Phase::Scheduled(_)
            | Phase::Preflight(_)
            | Phase::Provisioning(_)
            | Phase::Verifying(_)
            | Phase::AwaitingApproval(_)
            | Phase::Shifting(_)
            | Phase::Baking(_)
            | Phase::Confirming(_)
            | Phase::Retaining(_)
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
    }
}
