//! Carries a rollout out on AWS, or goes on with one.

use std::io::{self, Write};
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use futures_util::future::{Either, join, select};
use greenflow_core::engine::{CommandError, Engine, EngineError, Handle, RunEnd};
use greenflow_core::fact::{Entry, Fact, StartOptions};
use greenflow_core::machine::{Action, Command, Ended};
use greenflow_core::plan::{Plan, PlanError};
use greenflow_core::provider::{
    Journal as _, JournalError, ListFilter, ProviderError, SharedJournal,
};
use greenflow_core::record::{Record, RecordError, RecordOutcome};
use greenflow_core::value::{InvalidName, RolloutId, ServiceName, Who};
use tokio::sync::mpsc::UnboundedReceiver;

use super::pin::stood_for;
use super::{Ground, Scale};
use crate::timeline::Timeline;

/// What is carried out, and for whom.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own")]
pub struct EcsRun {
    /// Where.
    pub ground: Ground,
    /// The journal.
    pub journal: Arc<dyn SharedJournal>,
    /// What, as it was written.
    pub plan: Plan,
    /// The name with a tag that stood for the plan's revision, if it was given by one.
    pub tag: Option<String>,
    /// By how much it was shortened.
    pub scale: Scale,
    /// For whom.
    pub who: Who,
    /// Whether it starts although its time has passed.
    pub start_now: bool,
    /// What the rollout is told that the journal has, which is taken up for it.
    pub answer: Option<Command>,
}

/// What somebody at the terminal wants while it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "an example's own")]
pub enum Wish {
    /// That another process goes on.
    HandOver,
    /// That it goes back to blue.
    Abort,
}

/// How it ended here.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own result")]
pub struct EcsEnd {
    /// How the rollout ended; `None` when it was handed over.
    pub ended: Option<Ended>,
    /// Its record so far.
    pub record: Record,
}

/// Why it came to no end.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "an example's own error")]
pub enum EcsError {
    /// The plan does not fit AWS; nothing was done.
    #[error("the plan does not fit:\n{0}")]
    Plan(PlanError),
    /// The journal has a rollout of this service that is under way, by another plan.
    #[error(
        "rollout {0} of this service is under way by another plan (or another --scale); start it \
         with its own again, or name another --journal"
    )]
    OtherPlan(RolloutId),
    /// The registry does not tell which image the tag stands for; nothing was done.
    #[error("nothing is known of the image: {0}")]
    Image(ProviderError),
    /// The engine gave the run up; started again, it goes on.
    #[error("the run was given up")]
    Engine(#[source] EngineError),
    /// Somebody answers, and nobody has asked.
    #[error("no rollout of {0} is under way that could be told anything")]
    NobodyAsks(ServiceName),
    /// The rollout does not do what it was told.
    #[error("{0}")]
    Refused(CommandError),
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Journal(#[from] JournalError),
    /// The journal makes no record.
    #[error("the journal makes no record")]
    Record(#[from] RecordError),
    /// The service's name makes no name for a rollout.
    #[error("the rollout has no name")]
    Name(#[from] InvalidName),
    /// The timeline could not be written.
    #[error("the timeline could not be written")]
    Write(#[from] io::Error),
}

impl EcsRun {
    /// Starts the rollout, or goes on with the one that the journal has of this service, and
    /// writes its timeline to `out` as it happens. One that is stuck only goes on when it is told
    /// what to do.
    ///
    /// # Errors
    /// [`EcsError`]. A rollout that went back, was refused or waits for people is none.
    ///
    /// # Cancel safety
    /// Dropping it equals a crash: started again on the same journal, it goes on.
    pub async fn carry_out(
        &self,
        wishes: UnboundedReceiver<Wish>,
        out: &mut impl Write,
    ) -> Result<EcsEnd, EcsError> {
        let times =
            self.plan.check(&self.ground.providers.capabilities()).map_err(EcsError::Plan)?;
        let mut timeline = Timeline::new(self.plan.body(), out);
        let place = format!("aws       {}", self.ground.about);
        timeline.heading(&self.plan, &place, &times);

        let clock = Arc::clone(&self.ground.clock);
        let engine = Engine::cluster(self.ground.providers.clone(), Arc::clone(&self.journal))
            .with_clock(clock);
        let known = self.journal.list(self.of_service()).await?;
        let live = known.iter().find(|summary| !summary.standing.ended);
        let rollout = match live {
            Some(live) => live.rollout.clone(),
            None => format!("{}-{}", self.plan.body().service, known.len() + 1).parse()?,
        };
        let ended = if live.is_some() {
            let entries = self.recall(&engine, &rollout).await?;
            let record = Record::from_entries(&entries)?;
            if record.outcome == RecordOutcome::Stuck && self.answer.is_none() {
                timeline.finish()?;
                return Ok(EcsEnd { ended: Some(Ended::Stuck), record });
            }
            let (handle, run) = engine.resume(rollout.clone());
            self.follow(handle, run, wishes, &mut timeline).await
        } else if self.answer.is_some() {
            return Err(EcsError::NobodyAsks(self.plan.body().service.clone()));
        } else {
            let (handle, run) = engine.start(rollout.clone(), self.plan.clone(), self.options());
            self.follow(handle, run, wishes, &mut timeline).await
        };
        timeline.finish()?;
        let ended = match ended? {
            RunEnd::Ended(ended) => Some(ended),
            RunEnd::HandedOver | RunEnd::Parked { .. } => None,
        };
        let entries = engine.entries(&rollout).await.map_err(EcsError::Engine)?;
        Ok(EcsEnd { ended, record: Record::from_entries(&entries)? })
    }

    fn of_service(&self) -> ListFilter {
        let service = Some(self.plan.body().service.clone());
        ListFilter { service, ..ListFilter::default() }
    }

    fn options(&self) -> StartOptions {
        let mut why = vec!["started by hand".to_owned()];
        why.extend(self.tag.as_ref().map(|tag| stood_for(tag, &self.plan.body().green)));
        if self.scale != Scale::MIN {
            why.push(format!("every wait was divided by {}", self.scale));
        }
        let options = StartOptions::new(self.who.clone()).because(why.join("; "));
        if self.start_now { options.start_now() } else { options }
    }

    /// Takes over which slot is blue, and makes sure that it is the same plan.
    async fn recall(&self, engine: &Engine, rollout: &RolloutId) -> Result<Vec<Entry>, EcsError> {
        let entries = engine.entries(rollout).await.map_err(EcsError::Engine)?;
        let hash = entries.iter().find_map(|entry| {
            let Fact::Started(started) = &entry.fact else { return None };
            Some(&started.plan_hash)
        });
        if hash != Some(self.plan.hash()) {
            return Err(EcsError::OtherPlan(rollout.clone()));
        }
        self.ground.site.recall(rollout, &entries);
        Ok(entries)
    }

    async fn follow<W: Write>(
        &self,
        handle: Handle,
        run: impl Future<Output = Result<RunEnd, EngineError>>,
        mut wishes: UnboundedReceiver<Wish>,
        timeline: &mut Timeline<'_, W>,
    ) -> Result<RunEnd, EcsError> {
        let mut events = handle.events();
        let showing = async {
            while let Some(event) = events.next().await {
                timeline.show(&event);
            }
        };
        let refused = OnceLock::new();
        let hearing = async {
            if let Some(answer) = &self.answer
                && let Err(error) = handle.command(answer.clone()).await
            {
                // Only this is ever kept in it.
                let _: Result<(), _> = refused.set(error);
                handle.hand_over().await;
            }
            while let Some(wish) = wishes.recv().await {
                match wish {
                    Wish::HandOver => handle.hand_over().await,
                    Wish::Abort => {
                        let abort =
                            Command::new(self.who.clone(), "interrupted twice", Action::Abort);
                        // A rollout past its point of no return says so in the timeline.
                        let _: Result<(), _> = handle.command(abort).await;
                    }
                }
            }
        };
        let running = pin!(join(run, showing));
        let ended = match select(running, pin!(hearing)).await {
            Either::Left(((ended, ()), _)) => ended,
            // Nobody can wish anything any more: the run goes on by itself.
            Either::Right(((), running)) => running.await.0,
        };
        match refused.into_inner() {
            Some(error) => Err(EcsError::Refused(error)),
            None => ended.map_err(EcsError::Engine),
        }
    }
}
