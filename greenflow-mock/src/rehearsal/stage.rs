//! Where the people of a world's script meet the rollout.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use greenflow_core::engine::{CommandError, Event, EventKind, EventStream, Handle};
use greenflow_core::fact::{Fact, Move};
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::{Plan, PlanHash};
use greenflow_core::value::{Digest, RolloutId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, watch};

use crate::Desk;

/// Where the people of a world's script meet the rollout, whichever run drives it at the moment.
pub(super) struct Stage {
    plan: Plan,
    rollout: RolloutId,
    /// Of everyone who may drive the rollout, the newest last.
    handles: Mutex<Vec<Handle>>,
    phases: futures_util::lock::Mutex<UnboundedReceiver<PhaseName>>,
    /// Rung by whoever speaks to a rollout that waits and that no process drives.
    bell: Notify,
    /// How many runs there were.
    runs: watch::Sender<u64>,
}

impl Stage {
    pub(super) fn new(plan: Plan, handle: Handle, phases: UnboundedReceiver<PhaseName>) -> Self {
        let rollout = handle.rollout().clone();
        let (handles, phases) = (Mutex::new(vec![handle]), futures_util::lock::Mutex::new(phases));
        Self { plan, rollout, handles, phases, bell: Notify::new(), runs: watch::Sender::new(1) }
    }

    /// Another run drives the rollout from now on. The one before may do so again if it was only
    /// stopped.
    pub(super) fn goes_on(&self, handle: Handle, was_stopped: bool) {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        if !was_stopped {
            handles.pop();
        }
        handles.push(handle);
        self.runs.send_modify(|runs| *runs += 1);
    }

    /// Waits until somebody speaks to a rollout that waits.
    pub(super) async fn is_wanted(&self) {
        self.bell.notified().await;
    }

    /// Has a process begin, and waits until its run can be spoken to.
    async fn ring(&self, mut runs: watch::Receiver<u64>) {
        self.bell.notify_one();
        // The sender lives as long as `self`.
        let _: Result<(), watch::error::RecvError> = runs.changed().await;
    }

    fn handles(&self) -> Vec<Handle> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Desk for Stage {
    async fn tell(&self, command: Command) -> Result<(), String> {
        let mut tries = 0;
        loop {
            let runs = self.runs.subscribe();
            let mut answer = Err(CommandError::Gone);
            for handle in self.handles().iter().rev() {
                let said = handle.command(command.clone()).await;
                let over = said.is_ok();
                // One that was stopped may be gone; the rollout waits all the same.
                if !matches!(answer, Err(CommandError::Parked)) || over {
                    answer = said;
                }
                if over {
                    break;
                }
            }
            tries += 1;
            if !matches!(answer, Err(CommandError::Parked)) || tries == MOST_RINGS {
                return answer.map_err(|error| error.to_string());
            }
            self.ring(runs).await;
        }
    }

    async fn next_phase(&self) -> Option<PhaseName> {
        self.phases.lock().await.recv().await
    }

    fn rollout(&self) -> RolloutId {
        self.rollout.clone()
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
struct Whereabouts {
    now: PhaseName,
    /// Where it goes on after an assessment, a hold or having been stuck.
    before: PhaseName,
}

impl Whereabouts {
    const fn new() -> Self {
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
pub(super) async fn follow(mut events: EventStream, audience: &RefCell<Audience<'_>>) {
    while let Some(event) = events.next().await {
        audience.borrow_mut().hear(&event);
    }
}

/// Who hears of what happens, whichever controller makes it happen.
pub(super) struct Audience<'a> {
    whereabouts: Whereabouts,
    phases: Vec<UnboundedSender<PhaseName>>,
    show: &'a mut dyn FnMut(&Event),
}

impl<'a> Audience<'a> {
    pub(super) fn new(
        phases: Vec<UnboundedSender<PhaseName>>,
        show: &'a mut dyn FnMut(&Event),
    ) -> RefCell<Self> {
        RefCell::new(Self { whereabouts: Whereabouts::new(), phases, show })
    }

    fn hear(&mut self, event: &Event) {
        (self.show)(event);
        let EventKind::Recorded(entry) = &event.kind else { return };
        let entered = if let Fact::Moved(to) = &entry.fact {
            self.whereabouts.follow(to)
        } else if let Fact::Started(_) = &entry.fact {
            PhaseName::Scheduled
        } else {
            return;
        };
        for phases in &self.phases {
            // Nobody listens any more only when there is nothing left to say.
            let _: Result<(), _> = phases.send(entered);
        }
    }
}

/// How often somebody has a process begin for one thing to say.
const MOST_RINGS: u32 = 5;
