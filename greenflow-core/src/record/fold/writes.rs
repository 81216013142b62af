//! Writes, and the splits they set.

use super::Fold;
use crate::fact::{Outcome, OutcomeClass, Write};
use crate::record::{SplitKind, SplitRecord, WriteRecord, ZonedTime, writes};
use crate::value::{EffectId, Now, Side, Split};

impl Fold<'_> {
    pub(super) fn intended(&mut self, id: EffectId, write: &Write, at: ZonedTime) {
        self.record.writes.push(WriteRecord {
            id,
            kind: write.name().to_owned(),
            what: writes::describe(write),
            intended_at: at,
            ended_at: None,
            class: None,
            attempts: None,
            may_land_late: None,
            report: None,
            failure: None,
        });
        if let Some(split) = write.split() {
            self.record.splits.push(SplitRecord {
                green_bp: split.green().basis_points(),
                kind: if write.is_cut() { SplitKind::Cut } else { SplitKind::Raise },
                write: id,
                commanded_at: at,
                read_back_at: None,
                traffic_observed_at: None,
                evidence: None,
                trusted_at: None,
            });
        }
    }

    pub(super) fn ended(&mut self, outcome: &Outcome, write: Option<&Write>, now: Now) {
        let at = self.zone.show(now.wall);
        if let Some(known) = self.record.writes.iter_mut().find(|known| known.id == outcome.id) {
            known.ended_at = Some(at);
            known.class = Some(outcome.class);
            known.attempts = Some(outcome.attempts);
            known.may_land_late = Some(outcome.may_land_late);
            known.report = outcome.report.as_ref().map(|report| report.detail.clone());
            known.failure = outcome.failure.as_ref().map(ToString::to_string);
        }
        if outcome.class != OutcomeClass::Applied {
            return;
        }
        if let Some(split) = self.record.splits.iter_mut().find(|split| split.write == outcome.id) {
            split.read_back_at = Some(at);
        }
        match write {
            Some(Write::Cut) => self.cut(now),
            Some(Write::Remove { side: Side::Blue, .. }) => self.record.blue_removed_at = Some(at),
            Some(
                Write::Raise { .. }
                | Write::Provision { .. }
                | Write::PinBlue { .. }
                | Write::Remove { side: Side::Green, .. }
                | Write::RunHook { .. },
            )
            | None => {}
        }
    }

    /// The first one after the decision counts; a later one undoes another hand's work.
    fn cut(&mut self, now: Now) {
        if let (Some(rollback), Some(decided)) = (&mut self.record.rollback, self.decided)
            && rollback.cut_read_back_at.is_none()
        {
            rollback.cut_read_back_at = Some(self.zone.show(now.wall));
            rollback.t_rb_seconds = Some(now.at.since(decided).into());
        }
    }

    /// Returns the last split of this share that was read back.
    pub(super) fn read_back(&mut self, split: Split) -> Option<&mut SplitRecord> {
        let green_bp = split.green().basis_points();
        self.record
            .splits
            .iter_mut()
            .rev()
            .find(|seen| seen.green_bp == green_bp && seen.read_back_at.is_some())
    }
}
