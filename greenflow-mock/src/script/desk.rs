//! Where people meet a rollout.

use async_trait::async_trait;
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::PlanHash;
use greenflow_core::value::{Digest, RolloutId};

/// Where people meet a rollout: what a script needs of an engine's handle.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Tells the rollout something.
    ///
    /// # Errors
    /// Why it was rejected.
    async fn tell(&self, command: Command) -> Result<(), String>;

    /// Waits for the next change of phase; `None` when nobody drives the rollout any more. Every
    /// change is answered once, in order, also one that came while nobody waited.
    async fn next_phase(&self) -> Option<PhaseName>;

    /// Returns the rollout.
    fn rollout(&self) -> RolloutId;

    /// Returns the hash of its plan.
    fn plan_hash(&self) -> PlanHash;

    /// Returns what shall serve.
    fn digest(&self) -> Digest;
}
