//! The loop: one machine, one lease, and everything that is under way for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::claim::{Folded, Pinned};
use super::ending::{Finish, Goal, Holds, LINGER};
use super::error::LeaseLoss;
use super::execute::{Budget, Calls, NoticeTry, StopSender};
use super::handle::{Ends, Hub, Inbox, Message};
use super::journaling::Journaling;
use super::lease::Holding;
use super::notices::Notices;
use super::outbox::Outbox;
use super::pilot::{Fold, Keep, Pilot};
use super::saving::Saved;
use super::tenure::{Tenure, give_back, is_deposed, last_page};
use super::time::{RolloutTime, until};
use super::under_way::UnderWay;
use super::{Engine, EngineError, EventKind};
use crate::fact::frame::Chain;
use crate::fact::{NoticeResult, Outcome};
use crate::machine::{Input, InputError, Read, Reading, Wait, WaitReason};
use crate::provider::{FailureRecord, Notice, NoticeKey, Rest};
use crate::value::{ControllerId, EffectId, Now, RolloutId};

/// One rollout while it runs.
pub(super) struct Run<M> {
    pub(super) engine: Engine,
    pub(super) rollout: RolloutId,
    pub(super) owner: ControllerId,
    pub(super) goal: Goal,
    pub(super) inbox: Inbox,
    pub(super) hub: Hub,
    pub(super) machine: M,
    pub(super) fold: Fold<M>,
    keep: Keep<M>,
    /// The machine has not been told yet that a controller began.
    fresh: bool,
    pub(super) pinned: Pinned,
    pub(super) time: RolloutTime,
    pub(super) tenure: Tenure,
    pub(super) budget: Arc<Budget>,
    pub(super) outbox: Outbox,
    pub(super) journaling: Journaling,
    pub(super) notices: Notices,
    /// What is under way.
    pub(super) effects: UnderWay<Done>,
    /// What has ended while the machine could not be told.
    pub(super) backlog: VecDeque<Done>,
    /// The writes that are under way, and how to stop each that has not been told yet.
    pub(super) writing: BTreeMap<EffectId, Option<StopSender>>,
    /// Pages of the engine itself, of which the machine knows nothing.
    pub(super) own_pages: BTreeSet<NoticeKey>,
    pub(super) wait: Wait,
    /// Nothing that a handle shows has changed since it was last shown.
    pub(super) shown: bool,
    pub(super) broken: bool,
    tick_floor: Duration,
    pub(super) finished_since: Option<Duration>,
    /// Dropped with the run, which tells whoever asked.
    asked_to_end: Option<oneshot::Sender<()>>,
}

/// Something that was under way and has ended.
#[derive(Debug)]
pub(super) enum Done {
    Write(EffectId, Result<Outcome, LeaseLoss>),
    Read(Result<(Read, Result<Reading, FailureRecord>), LeaseLoss>),
    Notice(NoticeTry),
    NoticePause(Notice, u32),
    NoticeDropped(NoticeKey, NoticeResult),
}

/// What the loop woke up for.
#[expect(clippy::large_enum_variant, reason = "it is made once a turn and taken apart at once")]
enum Turn {
    Lost(LeaseLoss),
    Saved(Saved),
    Message(Message),
    Done(Done),
    Tick,
    Look,
}

/// What a run begins with.
pub(super) struct Beginning<M> {
    pub(super) engine: Engine,
    pub(super) rollout: RolloutId,
    pub(super) owner: ControllerId,
    pub(super) goal: Goal,
    pub(super) ends: Ends,
    pub(super) folded: Folded<M>,
    pub(super) fold: Fold<M>,
    pub(super) keep: Keep<M>,
    /// Nobody has told the machine yet that a controller began.
    pub(super) fresh: bool,
    pub(super) time: RolloutTime,
    pub(super) lease: Arc<Holding>,
    pub(super) chain: Chain,
}

impl<M: Pilot> Run<M> {
    pub(super) fn new(beginning: Beginning<M>) -> Self {
        let Beginning { engine, rollout, owner, goal, ends, folded, fold, .. } = beginning;
        let (keep, fresh, time) = (beginning.keep, beginning.fresh, beginning.time);
        let (lease, chain) = (beginning.lease, beginning.chain);
        let Folded { mut machine, pinned } = folded;
        let Ends { inbox, hub, handle: _ } = ends;
        let epoch = lease.token().epoch;
        machine.set_epoch(epoch);
        hub.lease_taken(time.now(), epoch);
        let budget = Arc::new(Budget::default());
        let journaling = Journaling::new(&rollout, chain.head());
        let tenure = Tenure::new(&engine, &pinned, &time, lease, &hub, &budget);
        let reason = WaitReason::default();
        let wait = Wait { until: None, parked: false, finished: false, reason };
        Self {
            engine,
            rollout,
            owner,
            goal,
            inbox,
            hub,
            machine,
            fold,
            keep,
            fresh,
            pinned,
            time,
            tenure,
            budget,
            outbox: Outbox::after(chain),
            journaling,
            notices: Notices::default(),
            effects: UnderWay::new(),
            backlog: VecDeque::new(),
            writing: BTreeMap::new(),
            own_pages: BTreeSet::new(),
            wait,
            shown: false,
            broken: false,
            tick_floor: Duration::ZERO,
            finished_since: None,
            asked_to_end: None,
        }
    }

    /// Runs to the end: of the rollout, of the run, or of our right to act.
    ///
    /// # Cancel safety
    /// Dropping this future at any await equals a crash there.
    pub(super) async fn drive(mut self) -> Result<Finish, EngineError> {
        let result = self.turns().await;
        match &result {
            Ok((finish, Holds::Lease)) => {
                let due_in = match finish {
                    Finish::Ended(_) => None,
                    Finish::HandedOver | Finish::ServiceFree => Some(Duration::ZERO),
                    Finish::Parked(due_in) => *due_in,
                };
                let rest = Rest { due_in, reached: Some(self.now().at) };
                give_back(&self.engine, &self.tenure.lease, rest).await;
                self.hub.lease_released(self.now());
            }
            Ok((_, Holds::Nothing)) => {}
            Err(error) => {
                self.hub.show_lease(false);
                let ran_out = matches!(
                    error,
                    EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. }
                        | EngineError::JournalUnavailable { .. }
                );
                if let Some(occasion) = self.last_occasion(error)
                    && !(ran_out && is_deposed(&self.engine, &self.tenure.lease).await)
                {
                    let epoch = self.tenure.lease.token().epoch;
                    last_page(&self.engine, &self.rollout, epoch, occasion, error).await;
                }
            }
        }
        if let Ok((finish, _)) = &result {
            self.engine.troubles.forget(&self.rollout);
            self.say_goodbye(finish);
            if matches!(finish, Finish::Ended(_)) {
                self.send_the_rest().await;
            }
        }
        let finish = result?.0;
        if matches!(finish, Finish::Parked(_)) {
            let Self { machine, pinned, time, keep, outbox, .. } = self;
            keep(Folded { machine, pinned }, time, outbox.into_chain());
        }
        Ok(finish)
    }

    async fn turns(&mut self) -> Result<(Finish, Holds), EngineError> {
        let controller = self.engine.controller.clone();
        self.feed(if self.fresh { Input::Began { controller } } else { Input::Tick })?;
        loop {
            self.begin_saving()?;
            self.carry_out();
            self.show();
            if let Some(finish) = self.finish() {
                return Ok((finish, Holds::Lease));
            }
            if self.may_park() {
                match self.park().await? {
                    Some(finish) => return Ok((finish, Holds::Nothing)),
                    None => continue,
                }
            }
            match self.next().await {
                Turn::Lost(loss) => return Err(self.lost(loss)),
                Turn::Saved(saved) => self.saved(saved)?,
                Turn::Message(Message::Command { command, reply }) => {
                    self.command(*command, reply)?;
                }
                Turn::Message(Message::HandOver { done }) => {
                    self.asked_to_end = Some(done);
                    self.hand_over().await?;
                    return Ok((Finish::HandedOver, Holds::Lease));
                }
                Turn::Done(done) => self.done(done)?,
                Turn::Tick => {
                    self.tick_floor = self.monotonic().saturating_add(TICK_GAP);
                    self.feed(Input::Tick)?;
                }
                Turn::Look => {}
            }
        }
    }

    /// Waits for the next thing: a lost lease before everything, then people, then what has
    /// ended, then time. While facts are being saved the machine is told nothing.
    async fn next(&mut self) -> Turn {
        let clock = Arc::clone(&self.engine.clock);
        let listening = self.journaling.may_tell_machine();
        let retry_at = self.journaling.retry_at();
        let tick_at = self.tick_at();
        loop {
            // Who speaks goes before who answers, also when the answer has been waiting.
            let waiting = !self.backlog.is_empty();
            tokio::select! { biased;
                loss = self.tenure.keeping.next() => return Turn::Lost(loss),
                saved = self.journaling.saved() => return Turn::Saved(saved),
                Some(message) = self.inbox.next(), if listening => return Turn::Message(message),
                () = std::future::ready(()), if listening && waiting => {
                    if let Some(done) = self.backlog.pop_front() {
                        return Turn::Done(done);
                    }
                }
                done = self.effects.next() => {
                    if listening {
                        return Turn::Done(done);
                    }
                    self.backlog.push_back(done);
                }
                () = until(clock.as_ref(), tick_at), if listening => return Turn::Tick,
                () = until(clock.as_ref(), retry_at) => return Turn::Look,
            }
        }
    }

    /// Shows how the rollout stands: facts change that, and what it waits for.
    fn show(&mut self) {
        if !std::mem::replace(&mut self.shown, true) {
            self.hub.show(self.machine.status());
        }
    }

    /// Tells the machine something, and takes what it says to that.
    pub(super) fn feed(&mut self, input: Input) -> Result<(), EngineError> {
        let name = input.name();
        match self.machine.handle_input(self.now(), input) {
            Ok(_) => {}
            Err(error @ InputError::InvariantBroken { .. }) => self.break_off(&error),
            Err(error) => {
                tracing::error!(%error, input = name, "the machine refused an input");
                return Err(EngineError::Machine(error));
            }
        }
        self.drain()
    }

    /// Returns when the machine wants to be told of the time at the latest.
    fn tick_at(&self) -> Option<Duration> {
        let wanted = self.wait.until.map(|at| self.time.moment(at).max(self.tick_floor));
        // Past it only the journal keeps the run from its end, and that wakes it by itself.
        let linger = self.finished_since.map(|since| since.saturating_add(LINGER));
        let linger = linger.filter(|until| *until > self.monotonic());
        match (wanted, linger) {
            (Some(wanted), Some(linger)) => Some(wanted.min(linger)),
            (wanted, linger) => wanted.or(linger),
        }
    }

    /// Stops everything but the way back, and pages: a rule that must always hold does not.
    pub(super) fn break_off(&mut self, error: &InputError) {
        self.tick_floor = self.monotonic().saturating_add(BROKEN_PAUSE);
        if std::mem::replace(&mut self.broken, true) {
            return;
        }
        self.set_gate();
        self.hub.emit(self.now(), EventKind::InvariantBroken { what: error.to_string() });
        let text = format!(
            "rollout {}: {error}. Nothing goes forward any more; abort and roll-back still work.",
            self.rollout
        );
        self.page("invariant-broken", text);
    }

    /// Lets forward writes leave, or keeps them.
    pub(super) fn set_gate(&self) {
        let allowed = !self.broken && !self.journaling.is_away();
        self.tenure.calls.allow_forward(allowed);
    }

    pub(super) fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.tenure.calls)
    }

    pub(super) fn monotonic(&self) -> Duration {
        self.engine.clock.monotonic()
    }

    /// Reads both clocks; rollout time never goes behind the last fact.
    pub(super) fn now(&self) -> Now {
        let now = self.time.now();
        Now::new(now.at.max(self.machine.last_at()), now.wall)
    }
}

/// Ticks are at least this far apart, so that a wait for a moment that has passed cannot spin.
const TICK_GAP: Duration = Duration::from_millis(1);
/// How long to leave a machine alone that has found itself broken.
const BROKEN_PAUSE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
