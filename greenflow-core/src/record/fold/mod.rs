//! How each fact changes the record.

mod blank;
mod moves;
mod writes;

use super::{
    ApprovalRecord, BlueRecord, CheckRun, CommandRecord, ConfirmationRecord, ControllerRecord,
    DriftRecord, IssueRecord, NoticeRecord, Record, RecordError, RecordedMetric, SplitEvidence,
    UnknownRecord, VerdictRecord, Zone, ZonedTime,
};
use crate::fact::{Entry, Fact, Judged, NoticeResult};
use crate::machine::state::{IllegalFact, State};
use crate::machine::{Action, Command, MACHINE_VERSION, ReplayError};
use crate::value::{Now, Timestamp, WallTime};

/// A record in the making, beside the state that the same facts make.
///
/// The state answers which phase a move leads to, and refuses facts that cannot be.
#[derive(Debug)]
pub(super) struct Fold<'a> {
    entries: &'a [Entry],
    state: State,
    zone: Zone,
    record: Record,
    decided: Option<Timestamp>,
    last: WallTime,
}

impl<'a> Fold<'a> {
    pub(super) fn begin(entries: &'a [Entry]) -> Result<Self, RecordError> {
        let first = entries.first().ok_or(ReplayError::Empty)?;
        let state = State::begin(first)?;
        let started = state.started();
        let needs = started.machine_version;
        if needs != MACHINE_VERSION {
            return Err(ReplayError::OtherMachine { needs, knows: MACHINE_VERSION }.into());
        }
        let zone = Zone::named(&started.plan.zone);
        let mut record = blank::blank(started, zone.show(first.wall));
        record.confirmations = started
            .options
            .confirmations
            .iter()
            .map(|said| ConfirmationRecord::new(&said.item, &said.who, record.started_at))
            .collect();
        let mut fold = Self { entries, state, zone, record, decided: None, last: first.wall };
        fold.enter(fold.record.started_at, false);
        Ok(fold)
    }

    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), IllegalFact> {
        // The state forgets a write once it has ended.
        let ended = if let Fact::Outcome(outcome) = &entry.fact {
            self.state.outstanding().get(&outcome.id).cloned()
        } else {
            None
        };
        self.state.evolve(entry)?;
        self.last = entry.wall;
        let at = self.zone.show(entry.wall);
        match &entry.fact {
            // The state has refused a second one already.
            Fact::Started(_) => {}
            Fact::EpochBegan { controller, engine } => {
                self.record.controllers.push(ControllerRecord {
                    epoch: entry.epoch,
                    controller: controller.clone(),
                    engine: engine.clone(),
                    at,
                });
            }
            Fact::Commanded(command) => self.commanded(command, at),
            Fact::CheckEnded(result) => self.record.checks.push(CheckRun {
                stage: result.stage,
                check: result.check.clone(),
                outcome: result.outcome,
                at,
                measurements: result.measurements.clone(),
                detail: result.detail.clone(),
            }),
            Fact::BlueRecorded(blue) => {
                let digests = blue.digests.clone();
                let (desired, healthy) = (blue.desired, blue.healthy);
                self.record.blue = Some(BlueRecord { digests, desired, healthy, at });
            }
            Fact::Intent { id, write } => self.intended(*id, write, at),
            Fact::Outcome(outcome) => {
                let write = ended.map(|pending| pending.write);
                self.ended(outcome, write.as_ref(), Now::new(entry.at, entry.wall));
            }
            Fact::TrafficObserved { split, from, until, blue, green } => {
                let (from, until) = (self.zone.show(*from), self.zone.show(*until));
                let evidence = SplitEvidence { from, until, blue: *blue, green: *green };
                if let Some(seen) = self.read_back(*split)
                    && seen.traffic_observed_at.is_none()
                {
                    seen.traffic_observed_at = Some(at);
                    seen.evidence = Some(evidence);
                }
            }
            Fact::TrafficTrusted { split } => {
                if let Some(seen) = self.read_back(*split) {
                    seen.trusted_at.get_or_insert(at);
                }
            }
            Fact::Judged(judged) => self.judged(judged, entry),
            Fact::Moved(to) => self.moved(to, Now::new(entry.at, entry.wall)),
            Fact::Drifted { seen, expected } => self.record.drifts.push(DriftRecord {
                at,
                seen: seen.to_string(),
                expected_green_bp: expected.green().basis_points(),
            }),
            Fact::NoticeQueued(notice) => self.record.notices.push(NoticeRecord {
                key: notice.key.0.clone(),
                kind: notice.kind,
                audience: notice.audience.to_string(),
                text: notice.text.clone(),
                queued_at: at,
                sent_at: None,
                failure: None,
            }),
            Fact::NoticeEnded { key, result } => self.notified(&key.0, result, at),
            Fact::IssueNoted { severity, what, done } => self.record.issues.push(IssueRecord {
                severity: *severity,
                what: what.clone(),
                done: done.clone(),
                at,
            }),
            Fact::Unknown(unknown) => self.record.unknown.push(UnknownRecord {
                sequence: entry.sequence,
                kind: unknown.kind().to_owned(),
                at,
            }),
        }
        Ok(())
    }

    pub(super) fn into_record(mut self) -> Record {
        let started = self.record.started_at.wall();
        let until = self.record.ended_at.map_or(self.last, ZonedTime::wall);
        self.record.duration_seconds = until.since(started).into();
        self.record
    }

    fn commanded(&mut self, command: &Command, at: ZonedTime) {
        let Command { who, why, action } = command;
        self.record.commands.push(CommandRecord::new(who, why, action, at));
        self.record.approvals.extend(ApprovalRecord::of(who, why, action, at));
        if let Action::Confirm { item } = action {
            self.record.confirmations.push(ConfirmationRecord::new(item, who, at));
        }
    }

    fn judged(&mut self, judged: &Judged, entry: &Entry) {
        self.record.verdicts.push(VerdictRecord::of(judged, entry.wall, &self.zone));
        self.record.requests.add(&judged.totals);
        for finding in judged.findings.iter().filter(|finding| finding.bound.is_none()) {
            RecordedMetric::note(&mut self.record.recorded_metrics, finding);
        }
    }

    fn notified(&mut self, key: &str, result: &NoticeResult, at: ZonedTime) {
        let mut notices = self.record.notices.iter_mut().rev();
        let Some(notice) = notices.find(|notice| notice.key == key) else { return };
        match result {
            NoticeResult::Sent => notice.sent_at = Some(at),
            NoticeResult::GivenUp(failure) => notice.failure = Some(failure.to_string()),
        }
    }
}
