//! Taking up rollouts that nobody drives: at the start of a controller, and all the time.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::claim::{Claimed, Patience, claim};
use super::ending::{Finish, Goal};
use super::search::{Search, Taken};
use super::start::{bounded, go_on};
use super::wanted::Wanted;
use super::{CommandError, Engine, EngineError, Handle, RunEnd, handle};

/// Finds rollouts whose controller is gone, or that waited and are due, and takes them up: claims
/// each, folds its facts, reads the world back, and goes on.
///
/// It looks at once, and then about as often as leases are renewed (5 s), with jitter. A rollout
/// is acted on again within the TTL of its lease, one such pause and a fold after its controller
/// died: 20 s and a little at a TTL of 15 s. A journal that cannot be read stops nobody else: it
/// is paged once in this controller's life, and tried again with growing pauses (1 min to 1 h).
///
/// The runs end when their rollout parks ([`RunEnd::Parked`]), and are taken up again when it is
/// due, by this controller or another. So a rollout that waits costs nothing but its row.
///
/// The library spawns nothing. Either the host spawns the runs:
///
/// ```no_run
/// # use greenflow_core::engine::{Adopted, Engine};
/// # fn host(engine: &Engine) {
/// tokio::spawn(engine.recover(|Adopted { run, .. }| {
///     tokio::spawn(run);
/// }));
/// # }
/// ```
///
/// or [`drive`](Self::drive) polls them all in one future.
pub struct Recovery {
    engine: Engine,
    wanted: mpsc::Receiver<Wanted>,
    search: Search,
}

/// A rollout that was taken up.
#[must_use = "a rollout that was taken up is driven by its run, until which its lease is lost time"]
#[expect(clippy::exhaustive_structs, reason = "the host takes it apart")]
pub struct Adopted {
    /// What the host may hold of it.
    pub handle: Handle,
    /// What drives it. Poll it at once and to its end; dropping it equals a crash.
    pub run: Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>,
}

impl Recovery {
    pub(super) fn new(engine: &Engine) -> Self {
        let wanted = engine.wants.hear();
        let engine = engine.clone().leaving_parked();
        let search = Search::new(engine.clone());
        Self { engine, wanted, search }
    }

    /// Changes how often to look for rollouts, at most: counted from the end of the last look, with
    /// jitter, and never more often than every 100 ms.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.search.set_every(every);
        self
    }

    /// Changes how many rollouts may be driven at a time: 1024. Others wait, or are another
    /// controller's. Those that are taken up for a command count, but do not wait.
    #[must_use]
    pub fn at_most(mut self, at_most: usize) -> Self {
        self.search.set_at_most(at_most);
        self
    }

    /// Waits for the next rollout that was taken up; `None` after
    /// [`Engine::hand_over_all`](super::Engine::hand_over_all).
    ///
    /// # Cancel safety
    /// Dropping this future loses nothing, as long as it is called again.
    pub async fn next(&mut self) -> Option<Adopted> {
        loop {
            tokio::select! { biased;
                () = self.engine.wants.closed() => return None,
                Some(wanted) = self.wanted.recv() => {
                    if let Some(adopted) = self.adopt_for(wanted) {
                        return Some(adopted);
                    }
                }
                taken = self.search.next() => return Some(self.adopt(taken)),
            }
        }
    }

    /// Gives each rollout that is taken up to `adopt`, which spawns its run. Ends after
    /// [`Engine::hand_over_all`](super::Engine::hand_over_all), and otherwise never.
    ///
    /// # Cancel safety
    /// Dropping this future ends the search. The runs are the host's.
    pub async fn run(mut self, mut adopt: impl FnMut(Adopted) + Send) {
        while let Some(adopted) = self.next().await {
            adopt(adopted);
        }
    }

    /// Drives every rollout that is taken up, all in this one future. Ends when all of them have
    /// ended after [`Engine::hand_over_all`](super::Engine::hand_over_all), and otherwise never.
    ///
    /// # Cancel safety
    /// Dropping this future equals a crash of all its runs.
    pub async fn drive(mut self) {
        let mut runs = FuturesUnordered::new();
        loop {
            tokio::select! { biased;
                Some(_) = runs.next(), if !runs.is_empty() => {}
                adopted = self.next() => match adopted {
                    Some(Adopted { run, .. }) => runs.push(run),
                    None => break,
                },
            }
        }
        while runs.next().await.is_some() {}
    }

    fn adopt(&self, taken: Taken) -> Adopted {
        let Taken { handle, ends, place, lease, sent, slot } = taken;
        let engine = self.engine.clone();
        let run = async move {
            let _slot = slot;
            go_on(engine, ends, place, lease, sent, Goal::End).await
        };
        self.adopted(handle, run)
    }

    /// Takes a rollout up for a command. `None` when a run of this engine has it by now, which
    /// will answer.
    fn adopt_for(&self, wanted: Wanted) -> Option<Adopted> {
        let Wanted { rollout, message } = wanted;
        if self.engine.runs.first(&rollout).is_some() {
            message.refuse(CommandError::Parked);
            return None;
        }
        let (handle, mut ends) = handle::pair(rollout.clone());
        ends.inbox.put_back(message);
        let (engine, slot) = (self.engine.clone(), self.search.slot());
        let place = engine.runs.enter(handle.clone());
        let run = async move {
            let _slot = slot;
            let owner = place.owner(&engine.controller);
            let ttl = Some(engine.times.ttl);
            let patience = Patience { away: ttl, held: ttl };
            match claim(&engine, &rollout, &owner, &mut ends.inbox, patience).await? {
                Claimed::HandOver => Ok(Finish::HandedOver),
                Claimed::Ours(lease, sent) => {
                    go_on(engine, ends, place, lease, sent, Goal::End).await
                }
            }
        };
        Some(self.adopted(handle, run))
    }

    fn adopted(
        &self,
        handle: Handle,
        run: impl Future<Output = Result<Finish, EngineError>> + Send + 'static,
    ) -> Adopted {
        let span = tracing::info_span!("rollout", id = %handle.rollout());
        let (engine, its, run) = (self.engine.clone(), handle.clone(), Box::pin(run));
        let run = async move {
            let end = bounded(&engine, its, run).await.map(RunEnd::from);
            match &end {
                Ok(end) => tracing::debug!(?end, "run ended"),
                Err(error) => tracing::warn!(%error, "run ended"),
            }
            end
        };
        Adopted { handle, run: Box::pin(run.instrument(span)) }
    }
}

impl fmt::Debug for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recovery").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl fmt::Debug for Adopted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adopted").field("handle", &self.handle).finish_non_exhaustive()
    }
}
