//! Moves: the phases, the detours, the way back and the end.

use super::Fold;
use crate::fact::{Move, RollbackReason};
use crate::machine::phases::Phase;
use crate::record::{
    HoldRecord, PhaseSpan, RecordOutcome, RefusalRecord, RollbackRecord, Seconds, StuckRecord,
    ZonedTime,
};
use crate::value::{Now, Timestamp};

impl Fold<'_> {
    pub(super) fn moved(&mut self, to: &Move, now: Now) {
        let at = self.zone.show(now.wall);
        let record = &mut self.record;
        if let Some(span) = record.phases.last_mut() {
            span.left_at.get_or_insert(at);
        }
        record.outcome = RecordOutcome::Running;
        record.ended_at = None;
        record.stuck = None;
        match to {
            Move::Complete { leftovers } => {
                record.leftovers.clone_from(leftovers);
                self.end(RecordOutcome::Completed, at);
            }
            Move::FinishRollback { leftovers } => {
                record.leftovers.clone_from(leftovers);
                if let Some(rollback) = &mut record.rollback {
                    rollback.finished_at = Some(at);
                }
                self.end(RecordOutcome::RolledBack, at);
            }
            Move::Refuse(why) => {
                let (problems, who) = (why.problems.clone(), why.who.clone());
                record.refusal = Some(RefusalRecord { at, problems, who });
                self.end(RecordOutcome::Refused, at);
            }
            Move::Stick(why) => {
                let (what, remedy) = (why.what.clone(), why.remedy.clone());
                record.stuck = Some(StuckRecord { at, what, remedy });
                self.enter(at, false);
                self.end(RecordOutcome::Stuck, at);
            }
            Move::Hold { reason, owner, within, otherwise } => {
                record.holds.push(HoldRecord {
                    at,
                    kind: reason.name().to_owned(),
                    reason: reason.to_string(),
                    owner: owner.clone(),
                    within_seconds: (*within).into(),
                    otherwise: *otherwise,
                });
                self.enter(at, false);
            }
            Move::RollBack(reason) => {
                self.rolls_back(reason, now);
                self.enter(at, false);
            }
            Move::Clear { .. } | Move::Resume => self.enter(at, true),
            Move::Preflight
            | Move::Provision
            | Move::Verify
            | Move::AskApproval
            | Move::Shift { .. }
            | Move::Bake
            | Move::Confirm
            | Move::Retain
            | Move::Retire
            | Move::Watch
            | Move::Assess { .. } => self.enter(at, false),
        }
    }

    /// A way back that was stuck and is pushed on again keeps its reason and its clock.
    fn rolls_back(&mut self, reason: &RollbackReason, now: Now) {
        if self.record.rollback.is_some() {
            return;
        }
        self.decided = Some(now.at);
        let decide = reason.breach_at.map(|breach| Seconds::from(now.at.since(breach)));
        self.record.time_to_decide_seconds = decide;
        self.record.rollback = Some(RollbackRecord {
            reason: reason.text.clone(),
            kind: reason.kind,
            severity: reason.severity,
            who: reason.who.clone(),
            breach_at: reason.breach_at.map(|breach| self.wall_of(breach)),
            decided_at: self.zone.show(now.wall),
            cut_read_back_at: None,
            t_rb_seconds: None,
            finished_at: None,
        });
    }

    /// Says what the clocks showed at a moment of rollout time: they went on from the fact before.
    fn wall_of(&self, moment: Timestamp) -> ZonedTime {
        let before = self.entries.iter().take_while(|entry| entry.at <= moment).last();
        let wall = before.map(|entry| entry.wall.after(moment.since(entry.at)));
        wall.map_or(self.record.started_at, |wall| self.zone.show(wall))
    }

    fn end(&mut self, outcome: RecordOutcome, at: ZonedTime) {
        self.record.outcome = outcome;
        self.record.ended_at = Some(at);
    }

    pub(super) fn enter(&mut self, entered_at: ZonedTime, returned: bool) {
        let name = self.state.phase().name();
        let step = shift_step(self.state.phase());
        let steps = &self.state.plan().shift.steps;
        let green_bp = step
            .and_then(|step| steps.get(usize::try_from(step).ok()?))
            .map(|step| step.green.basis_points());
        let span = PhaseSpan { name, step, green_bp, returned, entered_at, left_at: None };
        self.record.phases.push(span);
    }
}

const fn shift_step(phase: &Phase) -> Option<u32> {
    if let Phase::Shifting(shifting) = phase { Some(shifting.step()) } else { None }
}
