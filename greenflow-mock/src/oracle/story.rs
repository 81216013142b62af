//! What has happened so far, as every oracle needs it.

use std::cell::Cell;
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, OutcomeClass, Started, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::PlanBody;
use greenflow_core::provider::SideState;
use greenflow_core::value::{ControllerId, EffectId, RolloutId, Side, Split, Timestamp, WallTime};

use super::Given;
use crate::world::{
    AnswerChange, BySide, Cause, Change, MetricsBehaviour, RouterChange, Truth, Weights,
};
use crate::{StoreAct, StoreEvent};

/// What has happened so far: the journal, the last state of the world, and what follows from them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Story {
    /// What the world was made to do.
    pub given: Given,
    /// Every fact so far.
    pub entries: Vec<Entry>,
    /// When, in virtual time, each fact was stored; where that is not known, when it was noticed: at
    /// the next event of the world.
    pub noticed: Vec<Duration>,
    /// Where the rollout is.
    pub phase: PhaseName,
    /// Where it was before it was interrupted, while it is.
    pub interrupted: Option<PhaseName>,
    /// When blue's removal was decided (the point of no return).
    pub retired_at: Option<Timestamp>,
    /// Virtual time.
    pub now: Duration,
    /// The world as it was at the last event.
    pub last: Option<Truth>,
    /// When another hand last changed the router.
    pub router_changed: Option<Duration>,
    /// When something about a side last changed by no doing of ours.
    pub side_changed: BySide<Option<Duration>>,
    /// When the demand last changed.
    pub demand_changed: Option<Duration>,
    /// When a side last lost a healthy target.
    pub shrank: BySide<Option<Duration>>,
    /// Since when a side has had no healthy target.
    pub down_since: BySide<Option<Duration>>,
    /// Since when, on the world's wall clock, the metric source has told nothing of use.
    pub dark_since: Option<WallTime>,
    /// The lease, by the store's own word; `None` while nobody has been given one that counts.
    pub lease: Option<HeldLease>,
    /// When the store last gave the lease to anybody.
    pub leased_at: Option<Duration>,
    /// When an append last failed.
    pub failed_at: Option<Duration>,
    /// How many facts the store holds.
    pub head: u64,
    /// Whether the oracle that was told last has no use for what it was told.
    ignored: Cell<bool>,
}

/// A lease, by the store's own word.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HeldLease {
    /// Whose.
    pub owner: ControllerId,
    /// Its epoch.
    pub epoch: u64,
    /// Until when.
    pub until: Duration,
}

impl Story {
    /// Begins.
    #[must_use]
    pub const fn new(given: Given) -> Self {
        Self {
            given,
            entries: Vec::new(),
            noticed: Vec::new(),
            phase: PhaseName::Scheduled,
            interrupted: None,
            retired_at: None,
            now: Duration::ZERO,
            last: None,
            router_changed: None,
            side_changed: BySide::new(None, None),
            demand_changed: None,
            shrank: BySide::new(None, None),
            down_since: BySide::new(None, None),
            dark_since: None,
            lease: None,
            leased_at: None,
            failed_at: None,
            head: 0,
            ignored: Cell::new(false),
        }
    }

    /// Says that an oracle never has any use for what it is told, as the methods do that it leaves
    /// as they are. It need not be told again: of this operation, if it is a call, or of this kind of
    /// act, if it is the store's.
    pub(super) fn nobody_listens(&self) {
        self.ignored.set(true);
    }

    /// Returns whether whoever was told last had any use for it.
    pub(super) fn somebody_listened(&self) -> bool {
        !self.ignored.take()
    }

    /// Adds something that the store did for this rollout.
    pub fn add_stored(&mut self, event: &StoreEvent) {
        match (event.act, &event.owner) {
            (StoreAct::Leased { until, head }, Some(owner)) => {
                let owner = owner.clone();
                self.lease = Some(HeldLease { owner, epoch: event.epoch, until });
                self.leased_at = Some(event.at);
                self.head = head;
            }
            (StoreAct::Renewed { until }, _) => {
                if let Some(lease) = &mut self.lease {
                    lease.until = until;
                }
            }
            (StoreAct::Released { .. }, _) => self.lease = None,
            (StoreAct::Appended { after, frames, .. }, _) => self.head = after + frames,
            (StoreAct::Failed { .. }, _) => self.failed_at = Some(event.at),
            (StoreAct::Leased { .. }, None) | (StoreAct::Read | StoreAct::Damaged, _) => {}
        }
    }

    /// Returns what was left of the lease of this epoch at a moment; `None` when nothing was.
    #[must_use]
    pub fn lease_left(&self, epoch: u64, at: Duration) -> Option<Duration> {
        let lease = self.lease.as_ref().filter(|lease| lease.epoch == epoch)?;
        lease.until.checked_sub(at).filter(|left| !left.is_zero())
    }

    /// Returns for how long one controller has had the lease and its journal, until a moment; nothing
    /// when nobody has them.
    #[must_use]
    pub fn attended(&self, at: Duration) -> Duration {
        let is_held = self.lease.as_ref().is_some_and(|lease| lease.until > at);
        let since = self.leased_at.max(self.failed_at).filter(|_| is_held);
        since.map_or(Duration::ZERO, |since| at.saturating_sub(since))
    }

    /// Returns whether this is the rollout that the story is about.
    #[must_use]
    pub fn is_ours(&self, rollout: &RolloutId) -> bool {
        self.started().is_none_or(|started| started.rollout == *rollout)
    }

    /// Adds a fact, which was noticed now.
    pub fn add_fact(&mut self, entry: Entry) {
        if let Fact::Moved(to) = &entry.fact {
            self.moved(to, entry.at);
        }
        self.entries.push(entry);
        self.noticed.push(self.now);
    }

    /// Adds an event of the world. `now` has been moved to it before.
    pub fn add_truth(&mut self, truth: &Truth) {
        match &truth.cause {
            Some(Cause::Change(Change::Side(side, _))) => {
                *self.side_changed.get_mut(*side) = Some(truth.at);
            }
            Some(Cause::Change(Change::Router(
                RouterChange::Weights(_) | RouterChange::Split(_),
            ))) => self.router_changed = Some(truth.at),
            Some(Cause::Change(Change::Demand(_))) => self.demand_changed = Some(truth.at),
            Some(Cause::Change(Change::Answer(AnswerChange::Metrics(behaviour)))) => {
                let dark = tells_nothing(*behaviour);
                self.dark_since = dark.then(|| self.dark_since.unwrap_or(truth.wall));
            }
            Some(
                Cause::Change(
                    Change::Router(RouterChange::Propagation(_) | RouterChange::Drain(..))
                    | Change::Answer(_)
                    | Change::ImageMissing(_)
                    | Change::WallJump(_),
                )
                | Cause::Write(_),
            )
            | None => {}
        }
        for side in [Side::Blue, Side::Green] {
            let healthy = truth.sides.get(side).healthy;
            let before = self.last.as_ref().map_or(0, |last| last.sides.get(side).healthy);
            if healthy < before {
                *self.shrank.get_mut(side) = Some(truth.at);
            }
            let since = self.down_since.get_mut(side);
            if healthy > 0 {
                *since = None;
            } else if since.is_none() {
                *since = Some(truth.at);
            }
        }
        self.last = Some(truth.clone());
    }

    fn moved(&mut self, to: &Move, at: Timestamp) {
        match to {
            Move::Assess { .. } => self.interrupted = Some(self.phase),
            Move::Hold { .. } if !matches!(self.phase, PhaseName::Assessing | PhaseName::Held) => {
                self.interrupted = Some(self.phase);
            }
            Move::Stick(_) if self.phase == PhaseName::RollingBack => {
                self.interrupted = Some(self.phase);
            }
            Move::Retire => self.retired_at = Some(at),
            Move::Preflight
            | Move::Provision
            | Move::Verify
            | Move::AskApproval
            | Move::Shift { .. }
            | Move::Bake
            | Move::Confirm
            | Move::Retain
            | Move::Watch
            | Move::Complete { .. }
            | Move::Clear { .. }
            | Move::Hold { .. }
            | Move::Resume
            | Move::RollBack(_)
            | Move::FinishRollback { .. }
            | Move::Refuse(_)
            | Move::Stick(_) => {}
        }
        self.phase = match to.target() {
            Some(phase) => phase,
            None => self.interrupted.take().unwrap_or(self.phase),
        };
    }

    /// Returns the first fact, once there is one.
    #[must_use]
    pub fn started(&self) -> Option<&Started> {
        let Fact::Started(started) = &self.entries.first()?.fact else { return None };
        Some(started)
    }

    /// Returns the plan, once the rollout exists.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanBody> {
        self.started().map(|started| &started.plan)
    }

    /// Returns the facts, oldest first.
    #[must_use]
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.entries.iter().map(|entry| &entry.fact)
    }

    /// Returns the facts since the last one that is like this, newest first, without it.
    pub fn since<'a>(
        &'a self,
        like: impl Fn(&Fact) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().rev().take_while(move |entry| !like(&entry.fact))
    }

    /// Returns the newest fact that is like this.
    pub fn newest(&self, like: impl Fn(&Fact) -> bool) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| like(&entry.fact))
    }

    /// Returns what was recorded of blue before anything was touched.
    #[must_use]
    pub fn blue(&self) -> Option<&SideState> {
        self.facts().find_map(|fact| {
            let Fact::BlueRecorded(blue) = fact else { return None };
            Some(blue)
        })
    }

    /// Returns a write that was intended, and when that was noticed.
    #[must_use]
    pub fn intent(&self, id: EffectId) -> Option<(&Write, Timestamp, Duration)> {
        self.entries.iter().zip(&self.noticed).find_map(|(entry, noticed)| {
            let Fact::Intent { id: this, write } = &entry.fact else { return None };
            (*this == id).then_some((write, entry.at, *noticed))
        })
    }

    /// Returns the split that was last read back after a write of ours.
    #[must_use]
    pub fn confirmed(&self) -> Split {
        let applied = self.facts().rev().find_map(|fact| {
            let Fact::Outcome(outcome) = fact else { return None };
            let (write, ..) = self.intent(outcome.id)?;
            write.split().filter(|_| outcome.class == OutcomeClass::Applied)
        });
        applied.unwrap_or(Split::ALL_BLUE)
    }

    /// Returns whether something happened within `span` of virtual time.
    #[must_use]
    pub fn within(&self, at: Option<Duration>, span: Duration) -> bool {
        at.is_some_and(|at| self.now.saturating_sub(at) <= span)
    }

    /// Returns whether the wall clock was wrong when it was first written down how the metric source's
    /// stands to it: whoever comes later cannot know better.
    #[must_use]
    pub fn clock_was_never_right(&self) -> bool {
        let began = self.entries.first().and_then(|first| {
            let at = i64::try_from(first.at.as_millis()).ok()?;
            Some(first.wall.as_unix_millis().saturating_sub(at))
        });
        let tied = self.facts().find_map(|fact| match fact {
            Fact::Judged(judged) => judged.source_ahead,
            _ => None,
        });
        began.zip(tied).is_some_and(|(began, tied)| began.abs_diff(tied) > NEAR)
    }

    /// Returns whether every route is set to this.
    #[must_use]
    pub fn shows(truth: &Truth, split: Split) -> bool {
        let wanted = Weights::from(split);
        let shares = |weights: &Weights| weights.split();
        truth.configured.iter().all(|route| *route == wanted || shares(route) == Some(split))
    }
}

/// Returns whether a metric source that behaves so gives nothing that a verdict could rest on.
const fn tells_nothing(behaviour: MetricsBehaviour) -> bool {
    match behaviour {
        MetricsBehaviour::Missing
        | MetricsBehaviour::Empty
        | MetricsBehaviour::Nonsense
        | MetricsBehaviour::Error
        | MetricsBehaviour::Hangs => true,
        MetricsBehaviour::True
        | MetricsBehaviour::NotANumber(_)
        | MetricsBehaviour::Stale(_)
        | MetricsBehaviour::Stuck
        | MetricsBehaviour::Swapped => false,
    }
}

/// By how many milliseconds the two may differ where both are right: the source's delay, clocks that run
/// fast or slow, and time in which nobody acted.
const NEAR: u64 = 3_600_000;
