//! The machine itself: inputs in, outputs out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::cx::Cx;
use super::observe::Observations;
use super::phases::Phase;
use super::state::{Ended, IllegalFact, State, Status};
use super::{
    Action, Handled, Input, InputError, Output, PhaseName, Wait, WaitReason, absorb, admit,
};
use crate::fact::{Entry, Fact, StartOptions, Started};
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
    pub(super) state: State,
    pub(super) seen: Observations,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) epoch: u64,
    pub(super) queue: VecDeque<Output>,
    pub(super) wait: Wait,
    pub(super) drained: bool,
    pub(super) began: bool,
    /// That this controller began, until there is something else to write down.
    pub(super) beginning: Option<Fact>,
    /// An invariant found broken and not told yet.
    pub(super) broken: Option<String>,
}

impl PartialEq for Machine {
    fn eq(&self, other: &Self) -> bool {
        let Self { state, seen, judge, epoch, queue, wait, drained, began, beginning, broken } =
            self;
        *state == other.state
            && *seen == other.seen
            && judge.id() == other.judge.id()
            && *epoch == other.epoch
            && *queue == other.queue
            && *wait == other.wait
            && *drained == other.drained
            && *began == other.began
            && *beginning == other.beginning
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
            reason: WaitReason::from("the controller to begin"),
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
            beginning: None,
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
                    let reason = if seen.broken {
                        "only abort is accepted since a decision broke an invariant"
                    } else {
                        "only abort is accepted while the journal cannot be written"
                    };
                    return Err(InputError::rejected(command.action.name(), phase, reason));
                }
                self.seen = seen;
                self.seen.attended = false;
                self.take(now, out);
                handled
            }
            Input::WriteEnded(outcome) => self.absorb(now, |cx| absorb::write_ended(cx, &outcome)),
            Input::ReadEnded { read, result } => {
                self.absorb(now, |cx| absorb::read_ended(cx, &read, result))
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

    /// Returns how much of a time in which nobody acted counts as rollout time, at most: an hour, so
    /// that a store with a wild clock cannot use up a retention. While people are asked nothing can be
    /// used up, and what they were asked long ago they must not agree to: then all of it counts.
    #[must_use]
    pub fn idle_max(&self) -> Duration {
        self.state.idle_max()
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

    /// Returns whether the rollout is on its way back, or ended or got stuck on it.
    #[must_use]
    pub fn goes_back(&self) -> bool {
        match &self.state.phase {
            Phase::RollingBack(_) | Phase::RolledBack(_) => true,
            Phase::Stuck(stuck) => stuck.is_on_the_way_back(),
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
            | Phase::Completed(_)
            | Phase::Refused(_) => false,
        }
    }

    /// Returns the rollout at a glance.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(&self.state, self.wait.reason.words().into_owned())
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
}
