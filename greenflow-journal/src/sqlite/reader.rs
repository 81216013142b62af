//! The thread that reads.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use greenflow_core::provider::JournalError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::open::Site;
use super::trouble::{Refusal, explain};
use crate::OpenError;
use crate::error::{QueueFull, unavailable, unavailable_because};

/// The thread that reads, on a connection of its own: writes do not wait for it.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    reads: mpsc::Sender<Read>,
}

type Read = Box<dyn FnOnce(Result<&Connection, JournalError>) + Send>;

impl Reader {
    pub(super) fn start(site: Arc<Site>) -> Result<(Self, JoinHandle<()>), OpenError> {
        let (sender, receiver) = mpsc::channel(site.options.queue.max(1));
        let thread = thread::Builder::new().name("journal-reader".to_owned());
        let started = thread.spawn(move || run(&site, receiver));
        let handle =
            started.map_err(|error| OpenError::store("start the reader's thread", error))?;
        Ok((Self { reads: sender }, handle))
    }

    /// Reads something. Dropped before its turn, it is not read.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        let read = move |connection: Result<&Connection, JournalError>| {
            if reply.is_closed() {
                return;
            }
            let answer = connection.and_then(|connection| Ok(read(connection)?));
            let _gone = reply.send(answer);
        };
        self.reads.try_send(Box::new(read)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                let full = QueueFull { waiting: self.reads.max_capacity() };
                unavailable_because("too many reads wait for the journal", full)
            }
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

fn run(site: &Site, mut reads: mpsc::Receiver<Read>) {
    let mut connection = None;
    while let Some(read) = reads.blocking_recv() {
        let opened = match connection.take() {
            Some(open) => Ok(open),
            None => site.reader(),
        };
        match opened {
            Ok(open) => {
                read(Ok(&open));
                connection = Some(open);
            }
            Err(error) => read(Err(explain(&Arc::new(error)))),
        }
    }
}

fn stopped() -> JournalError {
    unavailable("the journal's reader has stopped: open the journal anew")
}
