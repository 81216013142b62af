//! Telling a write to give up.

use tokio::sync::oneshot;

/// The side that tells.
#[derive(Debug)]
pub(in crate::engine) struct StopSender(oneshot::Sender<()>);

/// The side that is told.
#[derive(Debug)]
pub(in crate::engine) struct Stop {
    receiver: oneshot::Receiver<()>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Open,
    Asked,
    Never,
}

impl Stop {
    pub(in crate::engine) fn new() -> (StopSender, Self) {
        let (sender, receiver) = oneshot::channel();
        (StopSender(sender), Self { receiver, state: State::Open })
    }

    /// Returns whether it has been asked for.
    pub(super) fn is_asked(&mut self) -> bool {
        if self.state == State::Open && self.receiver.try_recv().is_ok() {
            self.state = State::Asked;
        }
        self.state == State::Asked
    }

    /// Waits until it is asked for, which may be never.
    ///
    /// # Cancel safety
    /// Dropping this future loses nothing.
    pub(super) async fn asked(&mut self) {
        if self.state == State::Open {
            self.state = match (&mut self.receiver).await {
                Ok(()) => State::Asked,
                Err(_) => State::Never,
            };
        }
        if self.state == State::Never {
            std::future::pending::<()>().await;
        }
    }
}

impl StopSender {
    pub(in crate::engine) fn ask(self) {
        // Nobody is there to be told when the write has just ended.
        let _: Result<(), ()> = self.0.send(());
    }
}
