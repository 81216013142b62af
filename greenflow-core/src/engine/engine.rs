//! The engine as a host builds it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tracing::Instrument as _;

use super::claim::read_entries;
use super::kept::Kept;
use super::lease::{Asked, Holding, LeaseTimes};
use super::runs::Runs;
use super::start::StartPlan;
use super::troubles::Troubles;
use super::wanted::Wants;
use super::{
    Adopted, CommandError, EngineError, Handle, Recovery, RunEnd, TokioClock, handle, start,
};
use crate::fact::{Entry, StartOptions};
use crate::judge::{Judge, ThresholdJudge};
use crate::machine::Command;
use crate::provider::{Clock, Journal, LeaseToken, Providers, SharedJournal};
use crate::value::{ControllerId, RolloutId};

/// Carries out rollouts: any number of them in a process, each as one future that the host polls.
///
/// Cheap to clone; clones are the same controller. See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) providers: Providers,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) controller: ControllerId,
    pub(super) times: LeaseTimes,
    pub(super) runs: Runs,
    pub(super) wants: Wants,
    pub(super) troubles: Troubles,
    pub(super) kept: Kept,
    pub(super) leaves_parked: bool,
}

impl Engine {
    /// Makes the engine of the only controller there is, named `single`. A restarted process takes
    /// its rollouts up again at once.
    #[must_use]
    pub fn single(providers: Providers, journal: Arc<dyn Journal>) -> Self {
        Self::new(providers, journal, controller("single".to_owned()))
    }

    /// Makes the engine of one of several controllers, which share a journal. Its name is made up
    /// anew each time; give it one of its own with [`with_controller`](Self::with_controller), and
    /// a restarted process does not have to wait for its own lease to run out.
    ///
    /// Whether several controllers may share a store is decided by its type:
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use greenflow_core::engine::Engine;
    /// # use greenflow_core::provider::{Journal, Providers, SharedJournal};
    /// fn one_of_several<J: SharedJournal>(providers: Providers, journal: Arc<J>) -> Engine {
    ///     Engine::cluster(providers, journal)
    /// }
    /// ```
    ///
    /// One that is only a [`Journal`] does not compile:
    ///
    /// ```compile_fail
    /// # use std::sync::Arc;
    /// # use greenflow_core::engine::Engine;
    /// # use greenflow_core::provider::{Journal, Providers, SharedJournal};
    /// fn one_of_several<J: Journal>(providers: Providers, journal: Arc<J>) -> Engine {
    ///     Engine::cluster(providers, journal)
    /// }
    /// ```
    #[must_use]
    pub fn cluster(providers: Providers, journal: Arc<dyn SharedJournal>) -> Self {
        let random = RandomState::new().hash_one(std::process::id());
        Self::new(providers, journal, controller(format!("controller-{random:016x}")))
    }

    fn new(providers: Providers, journal: Arc<dyn Journal>, controller: ControllerId) -> Self {
        Self {
            providers,
            journal,
            clock: Arc::new(TokioClock::new()),
            judge: Arc::new(ThresholdJudge),
            controller,
            times: LeaseTimes::default(),
            runs: Runs::default(),
            wants: Wants::default(),
            troubles: Troubles::default(),
            kept: Kept::default(),
            leaves_parked: false,
        }
    }

    /// Takes time from here instead of from the host and tokio's timer.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Judges measurements with this instead of by plain thresholds.
    #[must_use]
    pub fn with_judge(mut self, judge: Arc<dyn Judge>) -> Self {
        self.judge = judge;
        self
    }

    /// Names this controller. No two that live at a time may have the same name.
    #[must_use]
    pub fn with_controller(mut self, controller: ControllerId) -> Self {
        self.controller = controller;
        self
    }

    /// Changes how long a lease lasts (15 s, at least 6 s) and how often it is renewed (5 s, at
    /// most half of that). A longer one lets a lone controller go on for longer without its
    /// journal, and another one wait for longer after a crash. No call to a provider is given
    /// more time than the lease less 4 s.
    #[must_use]
    pub fn with_lease(mut self, ttl: Duration, renew: Duration) -> Self {
        self.times = LeaseTimes::new(ttl, renew);
        self
    }

    /// Lets runs end when their rollout parks ([`RunEnd::Parked`]) instead of waiting with it. For
    /// hosts with a [`Recovery`]: some controller's takes the rollout up again when it is due. So
    /// 10,000 rollouts that wait are 10,000 rows, and no futures.
    ///
    /// Commands are then better said through [`command`](Self::command) than to a handle, whose
    /// run may have ended.
    #[must_use]
    pub const fn leaving_parked(mut self) -> Self {
        self.leaves_parked = true;
        self
    }

    /// Starts a rollout: creates it in the journal and carries it out. Nothing happens before the
    /// future is polled; the host spawns it, or polls it where it likes.
    ///
    /// A plan that does not fit the providers, a service that is locked and an id that was used
    /// before end it at once, with nothing touched. With
    /// [`supersede`](StartOptions::supersede), the named rollout's blue is retired first.
    ///
    /// # Cancel safety
    /// Dropping the future at any await equals a crash at that point: what had been sent may still
    /// take effect, the lease runs out, and [`resume`](Self::resume) goes on.
    pub fn start(
        &self,
        rollout: RolloutId,
        plan: StartPlan,
        options: StartOptions,
    ) -> (Handle, impl Future<Output = Result<RunEnd, EngineError>> + Send + use<>) {
        let (handle, ends) = handle::pair(rollout.clone());
        let span = tracing::info_span!("rollout", id = %rollout);
        let (engine, its) = (self.clone(), handle.clone());
        let run = Box::pin(start::start(self.clone(), ends, rollout, plan, options));
        let run = async move { start::bounded(&engine, its, run).await };
        (handle, run.instrument(span))
    }

    /// Goes on with a rollout that is in the journal, after a crash, a hand-over, or when a person
    /// has done what it was stuck for. While another controller has it, this one waits, and takes
    /// over when that one is gone.
    ///
    /// # Cancel safety
    /// As for [`start`](Self::start).
    pub fn resume(
        &self,
        rollout: RolloutId,
    ) -> (Handle, impl Future<Output = Result<RunEnd, EngineError>> + Send + use<>) {
        let (handle, ends) = handle::pair(rollout.clone());
        let span = tracing::info_span!("rollout", id = %rollout);
        let (engine, its) = (self.clone(), handle.clone());
        let run = Box::pin(start::resume(self.clone(), ends, rollout));
        let run = async move { start::bounded(&engine, its, run).await };
        (handle, run.instrument(span))
    }

    /// Makes what finds and takes up rollouts that nobody drives. One for each engine: commands to
    /// rollouts that are not here go to the latest.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        Recovery::new(self)
    }

    /// Takes up rollouts that nobody drives, at once and all the time; `adopt` spawns the run of
    /// each. Short for [`recovery`](Self::recovery) and [`Recovery::run`].
    ///
    /// # Cancel safety
    /// Dropping this future ends the search. The runs are the host's.
    pub fn recover<F>(&self, adopt: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: FnMut(Adopted) + Send,
    {
        self.recovery().run(adopt)
    }

    /// Tells a rollout something, wherever it stands: the run of this engine that has it; or, when
    /// nobody has it, a run that the engine's [`Recovery`] begins for it at once. `Ok` means as
    /// for [`Handle::command`].
    ///
    /// # Errors
    /// [`CommandError`]: rejected, or not for this engine to say. A controller that keeps the
    /// rollout for a whole TTL is named by [`HeldElsewhere`](CommandError::HeldElsewhere).
    ///
    /// # Cancel safety
    /// Dropping this future does not take back a command that has been handed over.
    pub async fn command(&self, rollout: &RolloutId, command: Command) -> Result<(), CommandError> {
        let mut answer = Err(CommandError::Parked);
        for _ in 0..COMMAND_TRIES {
            answer = match self.runs.first(rollout) {
                Some(handle) => handle.command(command.clone()).await,
                None => self.wants.command(rollout, command.clone()).await,
            };
            let again = match &answer {
                Err(CommandError::Parked) => true,
                // Another run of this engine may be the one that has it.
                Err(CommandError::HeldElsewhere { .. }) => {
                    self.runs.first(rollout).is_some_and(|run| run.holds())
                }
                // Whatever else was said, it was said by somebody who had the rollout.
                Ok(()) | Err(_) => false,
            };
            if !again {
                break;
            }
        }
        answer
    }

    /// Hands over every rollout that this engine drives, as [`Handle::hand_over`] does, and ends
    /// its recoveries: for the end of a process. Returns when that is done.
    ///
    /// # Cancel safety
    /// Dropping this future does not take back the wish.
    pub async fn hand_over_all(&self) {
        self.wants.close();
        let runs = self.runs.all();
        join_all(runs.iter().map(Handle::hand_over)).await;
    }

    /// Reads all facts of a rollout, also of one that has ended.
    ///
    /// # Errors
    /// The journal's failure, or the first fact that cannot be read.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn entries(&self, rollout: &RolloutId) -> Result<Vec<Entry>, EngineError> {
        read_entries(self.journal.as_ref(), rollout).await.map(|(entries, _)| entries)
    }

    /// Holds a lease that was asked for at `sent`.
    pub(super) fn holding(&self, token: LeaseToken, sent: Asked) -> Arc<Holding> {
        let (journal, clock) = (Arc::clone(&self.journal), Arc::clone(&self.clock));
        Arc::new(Holding::new(journal, clock, self.times, token, sent))
    }
}

#[expect(clippy::expect_used, reason = "both names are short, printable and without spaces")]
fn controller(name: String) -> ControllerId {
    ControllerId::new(name).expect("a valid name")
}

/// How often a command follows a rollout that parks, or goes to another run, meanwhile.
const COMMAND_TRIES: u32 = 4;
