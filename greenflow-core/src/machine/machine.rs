//! The machine itself: inputs in, outputs out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::cx::{Cx, Decided};
use super::observe::Observations;
use super::phases::Phase;
use super::state::{Ended, IllegalFact, State, Status};
use super::{
    Action, Handled, Input, InputError, Output, PhaseName, Wait, WaitReason, WriteOrder, absorb,
    admit, decide,
};
use crate::fact::{Entry, Fact, Move, StartOptions, Started, Write};
use crate::judge::Judge;
use crate::plan::{PlanBody, Timing};
use crate::provider::{Capabilities, Standing};
use crate::value::{Now, RolloutId, Timestamp};

/// One rollout as a pure machine.
///
/// Drive it so, sync or async:
///
/// 1. [`Machine::create`] or [`Machine::replay`].
/// 2. [`Machine::handle_input`] with [`Input::Began`].
/// 3. [`Machine::poll_output`] until it gives [`Output::Wait`]: make each `Append` durable before
///    carrying out anything that follows it; start each `Write`, `Read` and `Notify`.
/// 4. Wait for the answer of one of them, for a command, or for the time that `Wait` named.
/// 5. [`Machine::handle_input`] with it, and back to 3.
///
/// An early or repeated `Tick` is harmless. A refused input changes nothing.
#[derive(Clone, Debug)]
pub struct Machine {
    state: State,
    seen: Observations,
    judge: Arc<dyn Judge>,
    epoch: u64,
    queue: VecDeque<Output>,
    wait: Wait,
    drained: bool,
    began: bool,
    /// An invariant found broken and not told yet.
    broken: Option<String>,
}

impl PartialEq for Machine {
    fn eq(&self, other: &Self) -> bool {
        let Self { state, seen, judge, epoch, queue, wait, drained, began, broken } = self;
        *state == other.state
            && *seen == other.seen
            && judge.id() == other.judge.id()
            && *epoch == other.epoch
            && *queue == other.queue
            && *wait == other.wait
            && *drained == other.drained
            && *began == other.began
            && *broken == other.broken
    }
}

/// The facts cannot be folded. Nothing may be done on them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There are none.
    #[error("the journal holds no facts")]
    Empty,
    /// They were written by a machine with other rules.
    #[error("the rollout runs on machine version {needs}; this release knows version {knows}")]
    OtherMachine {
        /// The version they need.
        needs: u16,
        /// The version we have.
        knows: u16,
    },
    /// One cannot follow on the ones before it.
    #[error(transparent)]
    Illegal(#[from] IllegalFact),
}

/// The version of the rules by which facts are folded.
pub const MACHINE_VERSION: u16 = 1;

/// How many rounds of decisions one input may cause. Past it the rules chase their own tail: going
/// forward stops, and the way back stays open.
const MOST_ROUNDS: usize = 64;

impl Machine {
    /// Creates a rollout. The first output is the fact that it started.
    #[must_use]
    pub fn create(
        rollout: RolloutId,
        plan: &PlanBody,
        options: StartOptions,
        capabilities: Capabilities,
        judge: Arc<dyn Judge>,
        now: Now,
    ) -> Self {
        let started = Started {
            rollout,
            plan_hash: plan.hash(),
            plan: plan.clone(),
            options,
            late_effect_bound: capabilities.late_effect_bound(),
            capabilities,
            machine_version: MACHINE_VERSION,
        };
        let fact = Fact::Started(Box::new(started.clone()));
        let entry = Entry { sequence: 1, epoch: 1, at: now.at, wall: now.wall, fact };
        let mut machine = Self::over(State::of(started, &entry), judge);
        machine.queue.push_back(Output::Append(entry));
        machine
    }

    /// Folds the facts of an earlier controller.
    ///
    /// # Errors
    /// [`ReplayError`] when there are none, when one cannot follow on the ones before it, or when
    /// they need a machine with other rules.
    pub fn replay(
        entries: impl IntoIterator<Item = Entry>,
        judge: Arc<dyn Judge>,
    ) -> Result<Self, ReplayError> {
        let mut entries = entries.into_iter();
        let first = entries.next().ok_or(ReplayError::Empty)?;
        let mut state = State::begin(&first)?;
        let needs = state.started().machine_version;
        if needs != MACHINE_VERSION {
            return Err(ReplayError::OtherMachine { needs, knows: MACHINE_VERSION });
        }
        for entry in entries {
            state.evolve(&entry)?;
        }
        Ok(Self::over(state, judge))
    }

    fn over(state: State, judge: Arc<dyn Judge>) -> Self {
        let wait = Wait {
            until: None,
            parked: false,
            finished: false,
            reason: WaitReason("the controller to begin".to_owned()),
        };
        Self {
            epoch: state.epoch,
            state,
            seen: Observations::default(),
            judge,
            queue: VecDeque::new(),
            wait,
            drained: true,
            began: false,
            broken: None,
        }
    }

    /// Takes one input.
    ///
    /// # Errors
    /// [`InputError`]; the machine is then as it was before.
    pub fn handle_input(&mut self, now: Now, input: Input) -> Result<Handled, InputError> {
        let now = Now::new(now.at.max(self.state.at), now.wall);
        self.in_turn(&input)?;
        let handled = match input {
            Input::Tick => Handled::Accepted,
            Input::Began { controller } => {
                self.begin(now, controller);
                Handled::Accepted
            }
            Input::Command(command) => {
                let mut seen = self.seen.clone();
                let mut cx = Cx::new(&self.state, &mut seen, &*self.judge, now);
                let handled = admit::admit(&mut cx, &command)?;
                let out = cx.out;
                let abort = matches!(command.action, Action::Abort | Action::Rollback);
                if (seen.journal_lost || seen.broken) && !abort {
                    let phase = self.state.phase.name();
                    let reason = "only abort is accepted while the journal cannot be written";
                    return Err(InputError::rejected(command.action.name(), phase, reason));
                }
                self.seen = seen;
                self.seen.attended = false;
                self.take(now, out);
                handled
            }
            Input::WriteEnded(outcome) => self.absorb(now, |cx| absorb::write_ended(cx, &outcome)),
            Input::ReadEnded { read, result } => {
                self.absorb(now, |cx| absorb::read_ended(cx, &read, &result))
            }
            Input::NoticeEnded { key, result } => {
                self.absorb(now, |cx| absorb::notice_ended(cx, &key, &result))
            }
            Input::JournalLost => {
                self.seen.journal_lost = true;
                Handled::Accepted
            }
            Input::JournalBack => {
                self.seen.journal_lost = false;
                Handled::Accepted
            }
        };
        self.settle(now);
        self.drained = false;
        match self.broken.take() {
            Some(what) => Err(InputError::InvariantBroken { what }),
            None => Ok(handled),
        }
    }

    /// Returns the next output. `Wait` comes last and is repeated until the next input.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        match self.queue.pop_front() {
            Some(output) => output,
            None => {
                self.drained = true;
                Output::Wait(self.wait.clone())
            }
        }
    }

    /// Says under which lease epoch facts are written from now on.
    pub fn set_epoch(&mut self, epoch: u64) {
        self.epoch = self.epoch.max(epoch);
    }

    /// Returns what is known of the rollout.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Returns how many facts there are, the queued ones too.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.state.head
    }

    /// Returns when the last fact was written.
    #[must_use]
    pub const fn last_at(&self) -> Timestamp {
        self.state.at
    }

    /// Returns how the rollout stands, as the journal lists it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.state.standing()
    }

    /// Returns the name of the phase.
    #[must_use]
    pub const fn phase_name(&self) -> PhaseName {
        self.state.phase.name()
    }

    /// Returns the plan's deadlines and poll intervals.
    #[must_use]
    pub fn timing(&self) -> &Timing {
        &self.state.plan().timing
    }

    /// Returns whether the journal cannot be written.
    #[must_use]
    pub const fn journal_is_lost(&self) -> bool {
        self.seen.journal_lost
    }

    /// Returns how the run has ended, if it has.
    #[must_use]
    pub const fn outcome(&self) -> Option<Ended> {
        match &self.state.phase {
            Phase::Completed(_) => Some(Ended::Completed),
            Phase::RolledBack(_) => Some(Ended::RolledBack),
            Phase::Refused(_) => Some(Ended::Refused),
            Phase::Stuck(_) => Some(Ended::Stuck),
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
            | Phase::RollingBack(_) => None,
        }
    }

    /// Returns the rollout at a glance.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(&self.state, self.wait.reason.0.clone())
    }

    fn in_turn(&self, input: &Input) -> Result<(), InputError> {
        if !self.drained {
            return Err(InputError::NotDrained);
        }
        let problem = match (self.began, matches!(input, Input::Began { .. })) {
            (false, false) => "before the controller began",
            (true, true) => "a second time",
            (false, true) | (true, false) => return Ok(()),
        };
        Err(InputError::OutOfTurn { input: input.name(), problem })
    }

    /// A controller begins: what an earlier one had under way is taken up again, reads first.
    fn begin(&mut self, now: Now, controller: crate::value::ControllerId) {
        self.began = true;
        self.seen.attended = matches!(self.state.phase, Phase::Stuck(_));
        if self.outcome().is_some_and(|ended| ended != Ended::Stuck) {
            return;
        }
        let resumed: Vec<_> =
            self.state.writes.iter().map(|(id, pending)| (*id, pending.write.clone())).collect();
        let unsent: Vec<_> = self.state.unsent.values().cloned().collect();
        let engine = env!("CARGO_PKG_VERSION").to_owned();
        self.append(now, Fact::EpochBegan { controller, engine });
        for (id, write) in resumed {
            let patience = self.patience(&write);
            self.queue.push_back(Output::Write(WriteOrder { id, write, resumed: true, patience }));
        }
        self.queue.extend(unsent.into_iter().map(Output::Notify));
    }

    fn absorb(&mut self, now: Now, with: impl FnOnce(&mut Cx<'_>) -> Handled) -> Handled {
        let mut cx = Cx::new(&self.state, &mut self.seen, &*self.judge, now);
        let handled = with(&mut cx);
        let out = cx.out;
        self.take(now, out);
        handled
    }

    /// Asks the phase what is due until nothing more is.
    fn settle(&mut self, now: Now) {
        let mut last = Decided::default();
        for round in 0..=MOST_ROUNDS {
            if round == MOST_ROUNDS {
                self.found_broken(format!("no rest after {MOST_ROUNDS} rounds of decisions"));
                break;
            }
            let mut cx = Cx::new(&self.state, &mut self.seen, &*self.judge, now);
            decide::decide(&mut cx);
            let mut out = cx.out;
            if self.seen.journal_lost || self.seen.broken {
                keep_to_the_way_back(&mut out);
            }
            if out.facts.is_empty() {
                last = self.take(now, out);
                break;
            }
            let _ = self.take(now, out);
        }
        self.wait = self.next_wait(now, &last);
    }

    /// Folds facts and queues what they permit.
    fn take(&mut self, now: Now, mut out: Decided) -> Decided {
        for id in out.stops.drain(..) {
            self.queue.push_back(Output::StopWrite(id));
        }
        for fact in std::mem::take(&mut out.facts) {
            self.append(now, fact);
        }
        for order in out.reads.drain(..) {
            self.queue.push_back(Output::Read(order));
        }
        out
    }

    fn append(&mut self, now: Now, fact: Fact) {
        let sequence = self.state.head + 1;
        let entry = Entry { sequence, epoch: self.epoch, at: now.at, wall: now.wall, fact };
        let mut next = self.state.clone();
        if let Err(illegal) = next.evolve(&entry) {
            // A rule decided what the fold forbids. Nothing of it is written; going forward stops.
            self.found_broken(format!("\"{}\": {illegal}", entry.fact.name()));
            return;
        }
        self.state = next;
        let permitted = match &entry.fact {
            Fact::Intent { id, write } => {
                let patience = self.patience(write);
                let order = WriteOrder { id: *id, write: write.clone(), resumed: false, patience };
                Some(Output::Write(order))
            }
            Fact::NoticeQueued(notice) => Some(Output::Notify(notice.clone())),
            Fact::Judged(_) => {
                self.seen.sampler.written();
                None
            }
            Fact::TrafficObserved { .. } | Fact::TrafficTrusted { .. } => {
                self.seen.sampler.green_since = 0;
                None
            }
            Fact::Drifted { .. } => {
                self.seen.drift_reads = 0;
                self.seen.no_green_since = None;
                None
            }
            Fact::Moved(to) => {
                self.entered(now, to);
                None
            }
            Fact::Started(_)
            | Fact::EpochBegan { .. }
            | Fact::Commanded(_)
            | Fact::CheckEnded(_)
            | Fact::BlueRecorded(_)
            | Fact::Outcome(_)
            | Fact::NoticeEnded { .. }
            | Fact::IssueNoted { .. } => None,
        };
        self.queue.push_back(Output::Append(entry));
        self.queue.extend(permitted);
    }

    /// Going forward stops; the way back stays open.
    fn found_broken(&mut self, what: String) {
        tracing::error!(what, "a decision breaks an invariant");
        if !std::mem::replace(&mut self.seen.broken, true) {
            self.broken = Some(what);
        }
    }

    /// What was seen for one phase says nothing in another.
    fn entered(&mut self, now: Now, to: &Move) {
        match to {
            Move::Shift { step: 0 } => self.seen.sampler.restart(now.wall),
            Move::Hold { .. } | Move::Resume => self.seen.drift_reads = 0,
            Move::Clear { .. } | Move::Retain | Move::Watch => self.seen.look = None,
            Move::RollBack(_) => self.seen.no_green_since = None,
            Move::Preflight
            | Move::Provision
            | Move::Verify
            | Move::AskApproval
            | Move::Shift { .. }
            | Move::Bake
            | Move::Confirm
            | Move::Retire
            | Move::Complete { .. }
            | Move::Assess { .. }
            | Move::FinishRollback { .. }
            | Move::Refuse(_)
            | Move::Stick(_) => {}
        }
    }

    /// Writes of the way back are tried for ever; others for as long as the plan says.
    fn patience(&self, write: &Write) -> Option<Duration> {
        (!write.is_cut()).then(|| self.timing().forward_patience)
    }

    fn next_wait(&self, now: Now, last: &Decided) -> Wait {
        let stuck = matches!(self.state.phase, Phase::Stuck(_)) && !self.seen.attended;
        let finished = self.phase_name().is_terminal() || stuck;
        let until = if finished { None } else { last.wake };
        let far = until.is_none_or(|until| until.since(now.at) > PARK_FROM);
        let quiet = self.state.writes.is_empty() && !self.seen.is_asking();
        let parks = matches!(
            self.state.phase,
            Phase::Scheduled(_)
                | Phase::AwaitingApproval(_)
                | Phase::Retaining(_)
                | Phase::Watching(_)
        );
        let reason = if self.seen.broken {
            "a person: a decision broke an invariant; only abort is accepted".to_owned()
        } else {
            last.reason.clone()
        };
        let parked = parks && quiet && far && !finished;
        Wait { until, parked, finished, reason: WaitReason(reason) }
    }
}

/// A shorter wait is not worth giving the lease back for.
const PARK_FROM: Duration = Duration::from_secs(60);

/// While nothing can be written down, or the rules are in doubt, only the way back is open.
fn keep_to_the_way_back(out: &mut Decided) {
    let allowed = |fact: &Fact| match fact {
        Fact::Intent { write, .. } => write.is_cut(),
        Fact::Moved(to) => matches!(to, Move::RollBack(_) | Move::Assess { .. }),
        Fact::NoticeQueued(_) | Fact::Judged(_) | Fact::Outcome(_) | Fact::IssueNoted { .. } => {
            true
        }
        Fact::Drifted { .. } => true,
        Fact::Started(_)
        | Fact::EpochBegan { .. }
        | Fact::Commanded(_)
        | Fact::CheckEnded(_)
        | Fact::BlueRecorded(_)
        | Fact::TrafficObserved { .. }
        | Fact::TrafficTrusted { .. }
        | Fact::NoticeEnded { .. } => false,
    };
    if !out.facts.iter().all(allowed) {
        out.facts.clear();
    }
}
