//! Somebody who starts a rollout of a service that is being rolled out.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use greenflow_core::engine::{Engine, EngineError, RunEnd};
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::Plan;
use greenflow_core::provider::{Clock as _, JournalError};
use greenflow_core::value::{Digest, RolloutId};
use tokio::sync::mpsc::UnboundedReceiver;

use super::lives::Lives;
use super::stopped::Run;

/// Somebody who starts a rollout of a service that is being rolled out, on a controller of their
/// own. They must be refused, and the rollout that is there goes on by its own plan.
///
/// Whoever comes when the service is free again does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Rival {
    /// In which phase; the first time that the rollout enters it. In [`PhaseName::Scheduled`] it is
    /// the moment in which the rollout itself is started.
    pub phase: PhaseName,
    /// How long after it was entered.
    pub after: Duration,
    /// What they start.
    pub starts: Starts,
}

/// What somebody starts who comes second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a rehearsal knows how to do each")]
pub enum Starts {
    /// F61: another rollout of the same service.
    Another,
    /// F61: the same rollout, again.
    Again,
    /// F60: the same rollout, with another image in its plan.
    OtherImage,
    /// F60: the same rollout, with all traffic in one step.
    OtherSteps,
    /// F60: the same rollout, with the first of its limits only, and more requests for a verdict.
    OtherLimits,
}

impl Rival {
    /// Lets somebody come `after` the rollout has entered `phase`.
    #[must_use]
    pub const fn new(phase: PhaseName, after: Duration, starts: Starts) -> Self {
        Self { phase, after, starts }
    }
}

impl Lives<'_> {
    /// Lets everybody come who wants to start something, each in the phase of theirs.
    pub(super) async fn rivals(&self, mut entered: UnboundedReceiver<PhaseName>) -> Infallible {
        let mut waiting = self.rehearsal.spec.rivals.clone();
        let mut here = FuturesUnordered::new();
        loop {
            let gone = async {
                match here.next().await {
                    Some(()) => {}
                    None => std::future::pending().await,
                }
            };
            let phase = match select(Box::pin(entered.recv()), Box::pin(gone)).await {
                Either::Left((Some(phase), _)) => phase,
                Either::Left((None, _)) => std::future::pending().await,
                Either::Right(((), _)) => continue,
            };
            let (come, later) = waiting.into_iter().partition(|rival| rival.phase == phase);
            waiting = later;
            let come: Vec<Rival> = come;
            here.extend(come.into_iter().map(|rival| Box::pin(self.rival(rival))));
        }
    }

    async fn rival(&self, rival: Rival) {
        let clock = self.world.clock();
        clock.sleep_until(clock.monotonic().saturating_add(rival.after)).await;
        if !self.journal.locks(&self.rollout) {
            return;
        }
        let (id, plan) = rival.wants(&self.rollout, &self.rehearsal.plan);
        let engine = Engine::cluster(self.world.providers(), Arc::new(self.journal.clone()))
            .with_clock(Arc::new(self.world.clock()))
            .with_judge(Arc::clone(&self.rehearsal.judge));
        let engine = match "rival".parse() {
            Ok(name) => engine.with_controller(name),
            Err(_) => engine,
        };
        let (_handle, run) = engine.start(id.clone(), plan, self.rehearsal.options.clone());
        let patience = clock.sleep_until(clock.monotonic().saturating_add(PATIENCE));
        let refused = match select(Box::pin(self.until_let_in(Box::pin(run), &id)), patience).await
        {
            Either::Left((Some(end), _)) => refused(&end),
            Either::Left((None, _)) | Either::Right(_) => Err("it was let in".to_owned()),
        };
        match refused {
            Ok(()) => self.turned_away(),
            // The service may have become free just then.
            Err(_) if !self.journal.locks(&self.rollout) => {}
            Err(what) => self.broken(rival.starts.guards(), &format!("{:?}: {what}", rival.starts)),
        }
    }

    /// Goes on until the run has ended, or there is a second rollout.
    async fn until_let_in(
        &self,
        mut run: Run,
        id: &RolloutId,
    ) -> Option<Result<RunEnd, EngineError>> {
        poll_fn(|cx| {
            if let Poll::Ready(end) = run.as_mut().poll(cx) {
                return Poll::Ready(Some(end));
            }
            let second = *id != self.rollout && !self.journal.frames(id).is_empty();
            if second { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}

impl Rival {
    fn wants(self, rollout: &RolloutId, plan: &Plan) -> (RolloutId, Plan) {
        let other = RolloutId::new("rival").unwrap_or_else(|_| rollout.clone());
        let mut body = plan.body().clone();
        match self.starts {
            Starts::Another => return (other, plan.clone()),
            Starts::Again => {}
            Starts::OtherImage => {
                if let Ok(digest) = Digest::new(format!("sha256:{}", "f".repeat(64))) {
                    body.green.digest = digest;
                }
            }
            Starts::OtherSteps => {
                body.shift.steps.drain(..body.shift.steps.len().saturating_sub(1));
            }
            Starts::OtherLimits => {
                for analysis in [&mut body.shift.analysis, &mut body.bake.analysis] {
                    analysis.limits.truncate(1);
                    analysis.min_requests += 1;
                }
            }
        }
        (rollout.clone(), Plan::from_body(body).unwrap_or_else(|_| plan.clone()))
    }
}

impl Starts {
    /// Returns which guarantee is broken when they are not refused.
    const fn guards(self) -> &'static str {
        match self {
            Self::Another | Self::Again => "S28",
            Self::OtherImage | Self::OtherSteps | Self::OtherLimits => "S35",
        }
    }
}

fn refused(end: &Result<RunEnd, EngineError>) -> Result<(), String> {
    match end {
        Err(EngineError::Journal(
            JournalError::ServiceLocked { .. }
            | JournalError::Exists(_)
            | JournalError::Held { .. }
            | JournalError::Unavailable { .. },
        )) => Ok(()),
        end => Err(format!("it got {end:?}")),
    }
}

/// How long it takes at most to be refused.
const PATIENCE: Duration = Duration::from_secs(120);
