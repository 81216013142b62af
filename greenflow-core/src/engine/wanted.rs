//! Commands to rollouts that nobody in this process drives, on their way to a recovery.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::CommandError;
use super::handle::Message;
use crate::machine::Command;
use crate::value::RolloutId;

/// A command to a rollout that shall be taken up for it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) rollout: RolloutId,
    pub(super) message: Message,
}

/// The way from an engine to its latest recovery.
#[derive(Clone, Debug)]
pub(super) struct Wants {
    recovery: Arc<Mutex<Option<mpsc::Sender<Wanted>>>>,
    closing: watch::Sender<bool>,
}

impl Default for Wants {
    fn default() -> Self {
        Self { recovery: Arc::default(), closing: watch::Sender::new(false) }
    }
}

impl Wants {
    /// Begins to hear wants, instead of whoever did so before.
    pub(super) fn hear(&self) -> mpsc::Receiver<Wanted> {
        let (sender, receiver) = mpsc::channel(WANTED_MAX);
        *self.lock() = Some(sender);
        receiver
    }

    /// Tells a rollout something, for which it is taken up.
    ///
    /// # Errors
    /// As for [`Handle::command`](super::Handle::command).
    pub(super) async fn command(
        &self,
        rollout: &RolloutId,
        command: Command,
    ) -> Result<(), CommandError> {
        let recovery = self.lock().clone();
        let Some(recovery) = recovery else { return Err(CommandError::NotTakenUp) };
        let (reply, answer) = oneshot::channel();
        let message = Message::Command { command: Box::new(command), reply };
        let wanted = Wanted { rollout: rollout.clone(), message };
        recovery.send(wanted).await.map_err(|_| CommandError::NotTakenUp)?;
        answer.await.unwrap_or(Err(CommandError::Gone))
    }

    /// Tells every recovery to end.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Waits until recoveries shall end.
    pub(super) async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`.
        let _: Result<_, watch::error::RecvError> = closing.wait_for(|closing| *closing).await;
    }

    fn lock(&self) -> MutexGuard<'_, Option<mpsc::Sender<Wanted>>> {
        self.recovery.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many commands may wait for a recovery; more make the speaker wait.
const WANTED_MAX: usize = 64;
