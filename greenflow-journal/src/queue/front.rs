//! The callers' side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenflow_core::provider::{JournalError, Lease};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;

use super::intake::{Intake, Item, Job};
use super::write::{Answer, Done, Write};
use crate::error::{QueueFull, unavailable, unavailable_because};

/// The callers' side of the queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    items: mpsc::Sender<Item>,
    unanswered: Arc<AtomicUsize>,
}

impl Queue {
    /// Makes a queue for so many writes, and the writer's side of it.
    pub(crate) fn new(capacity: usize) -> (Self, Intake) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        let queue = Self { items: sender, unanswered: Arc::default() };
        (queue, Intake::new(receiver))
    }

    /// Has something written that answers with a lease.
    pub(crate) async fn lease(&self, write: Write) -> Result<Lease, JournalError> {
        match self.write(write).await? {
            Done::Lease(lease) => Ok(lease),
            Done::Nothing => Err(unavailable("the journal's writer gave another answer")),
        }
    }

    /// Has something written, and returns after its commit. A caller who goes away before the
    /// writer has begun has written nothing.
    pub(crate) async fn write(&self, write: Write) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.put(Item::Job(Job::new(write, reply, &self.unanswered)))?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Returns when everything that was put in before is over, so that a read that follows shows
    /// what has become of it (JO-9).
    pub(crate) async fn settled(&self) -> Result<(), JournalError> {
        if self.unanswered.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let (reply, answer) = oneshot::channel();
        self.put(Item::Settled(reply))?;
        answer.await.map_err(|_| stopped())
    }

    fn put(&self, item: Item) -> Result<(), JournalError> {
        self.items.try_send(item).map_err(|error| match error {
            TrySendError::Full(_) => {
                let full = QueueFull { waiting: self.items.max_capacity() };
                let reason = format!("{full}; nothing was written, try again");
                unavailable_because(reason, full)
            }
            TrySendError::Closed(_) => stopped(),
        })
    }
}

fn stopped() -> JournalError {
    unavailable("the journal's writer has stopped: open the journal anew")
}
