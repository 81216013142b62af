//! People meet a rollout through the engine's own handle.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::lock::Mutex;
use greenflow_core::engine::{EventKind, EventStream, Handle};
use greenflow_core::fact::Fact;
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::{Plan, PlanHash};
use greenflow_core::value::{Digest, RolloutId};

use crate::oracle::Audit;
use crate::script::Desk;

/// Lets a [`Script`](crate::Script) speak to a rollout through the engine's handle.
#[derive(Debug)]
pub struct HandleDesk {
    handle: Handle,
    events: Mutex<EventStream>,
    plan: Plan,
    audit: Option<Audit>,
}

impl HandleDesk {
    /// Listens from now on, so make it before the rollout is first polled.
    #[must_use]
    pub fn new(handle: Handle, plan: Plan) -> Self {
        let events = Mutex::new(handle.events());
        Self { handle, events, plan, audit: None }
    }

    /// Lets an audit compare every fact that is told here with what is stored.
    #[must_use]
    pub fn heard_by(mut self, audit: &Audit) -> Self {
        self.audit = Some(audit.clone());
        self
    }
}

#[async_trait]
impl Desk for HandleDesk {
    async fn tell(&self, command: Command) -> Result<(), String> {
        self.handle.command(command).await.map_err(|error| error.to_string())
    }

    async fn next_phase(&self) -> Option<PhaseName> {
        let mut events = self.events.lock().await;
        loop {
            let event = events.next().await?;
            let EventKind::Recorded(entry) = event.kind else { continue };
            if let Some(audit) = &self.audit {
                audit.told(Arc::clone(&entry));
            }
            let phase = match &entry.fact {
                Fact::Started(_) => Some(PhaseName::Scheduled),
                // Two moves lead back to wherever the rollout was: the handle knows.
                Fact::Moved(to) => {
                    to.target().or_else(|| self.handle.status().map(|status| status.phase))
                }
                Fact::EpochBegan { .. }
                | Fact::Commanded(_)
                | Fact::CheckEnded(_)
                | Fact::BlueRecorded(_)
                | Fact::Intent { .. }
                | Fact::Outcome(_)
                | Fact::TrafficObserved { .. }
                | Fact::TrafficTrusted { .. }
                | Fact::Judged(_)
                | Fact::Drifted { .. }
                | Fact::NoticeQueued(_)
                | Fact::NoticeEnded { .. }
                | Fact::IssueNoted { .. }
                | Fact::Unknown(_) => None,
            };
            if phase.is_some() {
                return phase;
            }
        }
    }

    fn rollout(&self) -> RolloutId {
        self.handle.rollout().clone()
    }

    fn plan_hash(&self) -> PlanHash {
        self.plan.hash().clone()
    }

    fn digest(&self) -> Digest {
        self.plan.body().green.digest.clone()
    }
}
