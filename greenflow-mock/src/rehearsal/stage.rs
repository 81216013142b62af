//! Where the people of a world's script meet the rollout.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use greenflow_core::engine::{Event, EventKind, EventStream, Handle};
use greenflow_core::fact::{Fact, Move};
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::{Plan, PlanHash};
use greenflow_core::value::{Digest, RolloutId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::Desk;

/// Where the people of a world's script meet the rollout, whichever run drives it at the moment.
pub(super) struct Stage {
    plan: Plan,
    handle: Mutex<Handle>,
    phases: futures_util::lock::Mutex<UnboundedReceiver<PhaseName>>,
}

impl Stage {
    pub(super) fn new(plan: Plan, handle: Handle, phases: UnboundedReceiver<PhaseName>) -> Self {
        Self { plan, handle: Mutex::new(handle), phases: futures_util::lock::Mutex::new(phases) }
    }

    /// Another run drives the rollout from now on.
    pub(super) fn goes_on(&self, handle: Handle) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }

    fn handle(&self) -> Handle {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Desk for Stage {
    async fn tell(&self, command: Command) -> Result<(), String> {
        self.handle().command(command).await.map_err(|error| error.to_string())
    }

    async fn next_phase(&self) -> Option<PhaseName> {
        self.phases.lock().await.recv().await
    }

    fn rollout(&self) -> RolloutId {
        self.handle().rollout().clone()
    }

    fn plan_hash(&self) -> PlanHash {
        self.plan.hash().clone()
    }

    fn digest(&self) -> Digest {
        self.plan.body().green.digest.clone()
    }
}

/// Which phase a rollout is in, from its moves.
#[derive(Debug)]
pub(super) struct Whereabouts {
    now: PhaseName,
    /// Where it goes on after an assessment, a hold or having been stuck.
    before: PhaseName,
}

impl Whereabouts {
    pub(super) const fn new() -> Self {
        Self { now: PhaseName::Scheduled, before: PhaseName::Scheduled }
    }

    /// Follows a move, and returns the phase it leads to.
    fn follow(&mut self, to: &Move) -> PhaseName {
        let next = to.target().unwrap_or(self.before);
        let aside = matches!(self.now, PhaseName::Assessing | PhaseName::Held | PhaseName::Stuck);
        if !aside {
            self.before = self.now;
        }
        self.now = next;
        next
    }
}

/// Follows one run to its end: shows every event, and tells the script of every phase.
pub(super) async fn follow(
    mut events: EventStream,
    whereabouts: &mut Whereabouts,
    phases: &UnboundedSender<PhaseName>,
    show: &mut dyn FnMut(&Event),
) {
    while let Some(event) = events.next().await {
        show(&event);
        let EventKind::Recorded(entry) = &event.kind else { continue };
        let entered = if let Fact::Moved(to) = &entry.fact {
            whereabouts.follow(to)
        } else if let Fact::Started(_) = &entry.fact {
            PhaseName::Scheduled
        } else {
            continue;
        };
        // Nobody listens any more only when the script has nothing left to say.
        let _: Result<(), _> = phases.send(entered);
    }
}
