//! How each fact changes the state. Live operation and recovery fold by the same code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::{CheckRecord, IllegalFact, Rescaled, State, Traffic};
use crate::fact::{Entry, Fact, Move, Scope, Started, Totals};
use crate::machine::observe::Tie;
use crate::machine::phases::{Phase, Scheduled, ShiftStage};
use crate::machine::{Action, Command};
use crate::provider::NoticeKind;
use crate::value::{EffectId, Now, Side, Split};

impl State {
    /// Begins the fold with the first fact. [`Machine::replay`](crate::machine::Machine::replay)
    /// folds a whole journal, and refuses one that needs other rules.
    ///
    /// # Errors
    /// [`IllegalFact`] when it is not a start, not the first, or has another plan than it says.
    pub fn begin(entry: &Entry) -> Result<Self, IllegalFact> {
        let Fact::Started(started) = &entry.fact else {
            let (sequence, fact) = (entry.sequence, entry.fact.name());
            return Err(IllegalFact::NotStarted { sequence, fact });
        };
        if entry.sequence != 1 {
            return Err(IllegalFact::OutOfOrder { head: 0, found: entry.sequence });
        }
        if started.plan.hash() != started.plan_hash {
            return Err(IllegalFact::OtherPlan);
        }
        Ok(Self::of(Started::clone(started), entry))
    }

    /// The state right after the first fact.
    pub(in crate::machine) fn of(started: Started, entry: &Entry) -> Self {
        let started = Arc::new(started);
        let confirmed = started.options.confirmations.iter();
        let confirmed = confirmed.map(|said| (said.item.clone(), said.who.clone())).collect();
        Self {
            started,
            head: 1,
            epoch: entry.epoch,
            began: false,
            at: entry.at,
            wall: entry.wall,
            phase: Phase::Scheduled(Scheduled::new(entry.at)),
            traffic: Traffic::default(),
            writes: BTreeMap::new(),
            failed: BTreeMap::new(),
            next_effect: EffectId::new(1),
            blue: None,
            green: Vec::new(),
            green_unsure: false,
            pinned: false,
            pin_confirmed: false,
            unpin_failed: false,
            rescaled: Rescaled::default(),
            superseded: false,
            blue_removed: false,
            hooks_done: BTreeSet::new(),
            checks: BTreeMap::new(),
            confirmed,
            promote_full: false,
            confirmed_at: None,
            unsent: BTreeMap::new(),
            notice_keys: BTreeSet::new(),
            reports: 0,
            unreported: None,
            issues: BTreeSet::new(),
            judged: None,
            sampled_until: None,
            tie: None,
        }
    }

    /// Folds the next fact in.
    ///
    /// # Errors
    /// [`IllegalFact`] when it cannot follow on the ones before it; nothing has changed then.
    pub fn evolve(&mut self, entry: &Entry) -> Result<(), IllegalFact> {
        let sequence = entry.sequence;
        if sequence != self.head + 1 {
            return Err(IllegalFact::OutOfOrder { head: self.head, found: sequence });
        }
        if entry.epoch < self.epoch {
            let (epoch, current) = (entry.epoch, self.epoch);
            return Err(IllegalFact::OldEpoch { sequence, epoch, current });
        }
        let since_last = entry.at.since(self.at);
        let before = (self.head, self.epoch, self.at, self.wall);
        self.head = sequence;
        self.epoch = entry.epoch;
        self.at = self.at.max(entry.at);
        self.wall = entry.wall;
        let folded = self.fold(sequence, since_last, &entry.fact);
        if folded.is_err() {
            (self.head, self.epoch, self.at, self.wall) = before;
        }
        folded
    }

    /// Folds in what a fact says. Whatever can be illegal is looked at before anything is changed.
    fn fold(
        &mut self,
        sequence: u64,
        since_last: Duration,
        fact: &Fact,
    ) -> Result<(), IllegalFact> {
        match fact {
            Fact::Started(_) => return Err(IllegalFact::StartedTwice(sequence)),
            Fact::EpochBegan { .. } => self.epoch_began(since_last),
            Fact::Commanded(command) => self.commanded(command),
            Fact::CheckEnded(result) => {
                let key = (result.stage, result.check.clone());
                let runs = self.checks.get(&key).map_or(0, |record| record.runs);
                let record = CheckRecord {
                    outcome: result.outcome,
                    runs: runs.saturating_add(1),
                    at: self.at,
                    detail: result.detail.clone(),
                };
                self.checks.insert(key, record);
            }
            Fact::BlueRecorded(blue) => self.blue = Some(blue.clone()),
            Fact::Intent { id, write } => self.intended(sequence, *id, write)?,
            Fact::Outcome(outcome) => self.ended(sequence, outcome)?,
            Fact::TrafficObserved { split, .. } | Fact::TrafficTrusted { split } => {
                self.observed(*split)
                    .ok_or_else(|| IllegalFact::NotHere { sequence, fact: fact.name() })?;
            }
            Fact::Judged(judged) => {
                self.judged = Some((judged.scope, judged.verdict));
                self.sampled_until = Some(judged.until);
                self.tie = judged.source_ahead.map(|by| Tie::written(by, self.at)).or(self.tie);
                if judged.scope == Scope::Watch {
                    let nothing = (judged.from, Totals::default());
                    let (_, totals) = self.unreported.get_or_insert(nothing);
                    totals.add(&judged.totals);
                }
            }
            Fact::Moved(to) => self.moved(sequence, to)?,
            Fact::Drifted { seen, .. } => {
                self.traffic.raised |= seen.may_reach(Side::Green);
                self.drifted();
            }
            Fact::NoticeQueued(notice) => {
                self.notice_keys.insert(notice.key.clone());
                self.unsent.insert(notice.key.clone(), notice.clone());
                if notice.kind == NoticeKind::Report {
                    self.reports = self.reports.saturating_add(1);
                    self.unreported = None;
                }
            }
            Fact::NoticeEnded { key, .. } => {
                self.unsent.remove(key);
            }
            Fact::IssueNoted { what, .. } => {
                self.issues.insert(what.clone());
            }
            // Whoever wrote it says that nobody must understand it.
            Fact::Unknown(_) => {}
        }
        Ok(())
    }

    /// Whatever an earlier controller had under way may have been sent just before it ended. How
    /// much of the time since its last fact it watched nobody knows, so none of it counts toward
    /// a hold or a bake (S46).
    fn epoch_began(&mut self, unwatched: Duration) {
        self.began = true;
        self.phase.leave_out(unwatched);
        self.tie = self.tie_after(unwatched);
        if !self.writes.is_empty() {
            self.traffic.sent(self.at);
            self.traffic.may_land_until(self.at.after(self.late_effect_bound()));
        }
    }

    fn commanded(&mut self, Command { who, action, .. }: &Command) {
        match (action, &mut self.phase) {
            (Action::Confirm { item }, _) => {
                self.confirmed.insert(item.clone(), who.clone());
            }
            (Action::Approve { .. }, Phase::AwaitingApproval(phase)) => {
                if let Some(role) = &who.role {
                    phase.approved.insert(role.clone(), who.clone());
                }
            }
            (Action::Acknowledge, Phase::Confirming(phase)) => {
                if let Some(role) = &who.role {
                    phase.acknowledged.insert(role.clone(), who.clone());
                }
            }
            (Action::Promote, Phase::Shifting(phase)) => phase.skip = true,
            (Action::Promote, Phase::Baking(phase)) => phase.skip = true,
            (Action::PromoteFull, _) => self.promote_full = true,
            (Action::Resume, _) => self.rescaled = Rescaled::default(),
            (Action::ExtendRetention { by }, Phase::Retaining(_)) => self.extended(*by),
            (Action::RetireNow { superseded_by }, Phase::Retaining(phase)) => {
                phase.retire_now = Some(self.at);
                self.superseded |= superseded_by.is_some();
            }
            (Action::Abort | Action::Rollback, Phase::Retiring(phase)) => phase.frozen = true,
            // Whatever else a command does is a move of its own, in a fact of its own.
            (
                Action::Approve { .. }
                | Action::Reject
                | Action::Acknowledge
                | Action::Pause
                | Action::Promote
                | Action::Abort
                | Action::Rollback
                | Action::ExtendRetention { .. }
                | Action::RetireNow { .. },
                _,
            ) => {}
        }
    }

    /// Blue is kept longer, whoever wanted it removed before: past its time, longer from now on.
    fn extended(&mut self, by: Duration) {
        let retain = self.plan().retain.clone();
        let (now, full_since) = (Now { at: self.at, wall: self.wall }, self.traffic.full_since);
        let Phase::Retaining(phase) = &mut self.phase else { return };
        let overdue = phase.overdue(&retain, full_since, now);
        phase.extended_by = phase.extended_by.saturating_add(overdue).saturating_add(by);
        phase.retire_now = None;
    }

    fn observed(&mut self, split: Split) -> Option<()> {
        let read_back = self.traffic.read_back.filter(|read_back| read_back.split() == split)?;
        self.traffic.observed = Some(read_back.traffic_observed(self.at));
        let at = self.at;
        self.traffic.full_since =
            (split == Split::ALL_GREEN).then(|| self.traffic.full_since.unwrap_or(at));
        if let Phase::Shifting(shifting) = &mut self.phase {
            shifting.stage = ShiftStage::Holding { since: at };
        }
        Some(())
    }

    fn moved(&mut self, sequence: u64, to: &Move) -> Result<(), IllegalFact> {
        let phase = self.phase.clone();
        self.phase =
            phase.follow(to, self.at).map_err(|source| IllegalFact::Move { sequence, source })?;
        if matches!(to, Move::Retain) {
            self.confirmed_at = Some(self.at);
        }
        if matches!(to, Move::Shift { step: 0 }) {
            // What was measured before says nothing of green with requests of users.
            self.sampled_until = self.sampled_until.max(Some(self.wall));
        }
        // What failed before a decision is no argument after it.
        self.failed.clear();
        self.unpin_failed = false;
        Ok(())
    }

    /// What was confirmed is not true any more. On the way back the cut is due again.
    fn drifted(&mut self) {
        if let Phase::RollingBack(back) = &mut self.phase {
            back.cut_at = None;
        }
    }
}
