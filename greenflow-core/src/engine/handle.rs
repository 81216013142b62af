//! What a host holds of a running rollout.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::event::EVENTS_MAX;
use super::{CommandError, Event, EventKind, EventStream};
use crate::machine::{Command, Status};
use crate::value::{Now, RolloutId};

/// A rollout that runs: tell it things, and see how it stands. Cheap to clone; dropping all of
/// them stops nothing.
#[derive(Clone, Debug)]
pub struct Handle {
    rollout: RolloutId,
    messages: mpsc::Sender<Message>,
    shown: watch::Receiver<Shown>,
    events: broadcast::WeakSender<Event>,
    leaving: watch::Sender<bool>,
}

impl Handle {
    /// Returns which rollout it is.
    #[must_use]
    pub const fn rollout(&self) -> &RolloutId {
        &self.rollout
    }

    /// Tells the rollout something. `Ok` means that it was accepted and is durable; while the
    /// journal is away the answer waits for that, although the command already counts.
    ///
    /// # Errors
    /// [`CommandError`]: rejected, said at the wrong place, or too late.
    ///
    /// # Cancel safety
    /// Dropping this future does not take back a command that has been handed over.
    pub async fn command(&self, command: Command) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Command { command: Box::new(command), reply };
        if self.messages.send(message).await.is_err() {
            return Err(self.why_closed());
        }
        answer.await.unwrap_or_else(|_| Err(self.why_closed()))
    }

    /// Returns how the rollout stands; `None` until it has been created or read.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.shown.borrow().status.clone()
    }

    /// Waits until the rollout stands otherwise than when this was last asked; `None` when the
    /// run has ended.
    ///
    /// # Cancel safety
    /// Dropping this future loses nothing.
    pub async fn changed(&mut self) -> Option<Status> {
        self.shown.changed().await.ok()?;
        self.shown.borrow_and_update().status.clone()
    }

    /// Returns what happens from now on. A reader that is too slow misses events, and is told so.
    #[must_use]
    pub fn events(&self) -> EventStream {
        let receiver = match self.events.upgrade() {
            Some(sender) => sender.subscribe(),
            None => broadcast::channel(1).1,
        };
        EventStream::new(receiver)
    }

    /// Ends the run so that another controller can go on at once: the call under way is finished,
    /// nothing new begins, the lease is given back. Returns when that is done, which takes at most
    /// the TTL of a lease (15 s): whatever hangs for longer is dropped, as in a crash.
    ///
    /// # Cancel safety
    /// Dropping this future does not take back the wish.
    pub async fn hand_over(&self) {
        self.leaving.send_replace(true);
        let (done, ended) = oneshot::channel();
        if self.messages.send(Message::HandOver { done }).await.is_ok() {
            // The sender is only ever dropped: at the end of the run, however it ends.
            let _: Result<(), _> = ended.await;
        }
    }

    /// Returns whether the run has the lease.
    pub(super) fn holds(&self) -> bool {
        self.shown.borrow().holds
    }

    /// Waits until somebody wants the run to end.
    pub(super) async fn left(&self) {
        let mut leaving = self.leaving.subscribe();
        // The sender lives as long as `self`.
        let _: Result<_, watch::error::RecvError> = leaving.wait_for(|leaving| *leaving).await;
    }

    fn why_closed(&self) -> CommandError {
        let shown = self.shown.borrow();
        match &shown.status {
            Some(status) if status.phase.is_terminal() => CommandError::Ended,
            Some(_) if shown.parked => CommandError::Parked,
            Some(_) | None => CommandError::Gone,
        }
    }
}

/// What a run shows of itself.
#[derive(Debug, Default)]
struct Shown {
    status: Option<Status>,
    /// The run has ended because the rollout waits.
    parked: bool,
    /// The run has the lease.
    holds: bool,
}

/// What a handle says to its run.
#[derive(Debug)]
pub(super) enum Message {
    /// A person's command.
    Command {
        /// What.
        command: Box<Command>,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<(), CommandError>>,
    },
    /// End the run in good order.
    HandOver {
        /// Dropped when that is done.
        done: oneshot::Sender<()>,
    },
}

/// The run's end of its handles.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) inbox: Inbox,
    pub(super) hub: Hub,
    pub(super) handle: Handle,
}

/// Makes a handle and the run's end of it.
pub(super) fn pair(rollout: RolloutId) -> (Handle, Ends) {
    let (messages, receiver) = mpsc::channel(MESSAGES_MAX);
    let (sender, shown) = watch::channel(Shown::default());
    let (events, _) = broadcast::channel(EVENTS_MAX);
    let leaving = watch::Sender::new(false);
    let handle = Handle { rollout, messages, shown, events: events.downgrade(), leaving };
    let hub = Hub { events, shown: sender };
    let inbox = Inbox { receiver, early: VecDeque::new() };
    (handle.clone(), Ends { inbox, hub, handle })
}

/// Where messages arrive; those that came before the run could answer wait in front.
#[derive(Debug)]
pub(super) struct Inbox {
    receiver: mpsc::Receiver<Message>,
    early: VecDeque<Message>,
}

impl Inbox {
    /// Returns the next message; `None` when there is no handle any more.
    ///
    /// # Cancel safety
    /// Dropping this future loses no message.
    pub(super) async fn next(&mut self) -> Option<Message> {
        match self.early.pop_front() {
            Some(message) => Some(message),
            None => self.receiver.recv().await,
        }
    }

    /// Returns the next message that has not been put back; never when too many have been, or
    /// when there is no handle any more.
    ///
    /// # Cancel safety
    /// Dropping this future loses no message.
    pub(super) async fn next_new(&mut self) -> Message {
        if self.early.len() < MESSAGES_MAX
            && let Some(message) = self.receiver.recv().await
        {
            return message;
        }
        std::future::pending().await
    }

    /// Keeps a message until the run can answer it.
    pub(super) fn put_back(&mut self, message: Message) {
        self.early.push_back(message);
    }

    /// Returns whether a message waits that the run has kept for itself.
    pub(super) fn has_kept(&self) -> bool {
        !self.early.is_empty()
    }

    /// Keeps the messages that have arrived, and returns whether there is any.
    pub(super) fn gather(&mut self) -> bool {
        while self.early.len() < MESSAGES_MAX
            && let Ok(message) = self.receiver.try_recv()
        {
            self.early.push_back(message);
        }
        self.has_kept()
    }

    /// Answers every kept command with this error.
    pub(super) fn refuse_kept(&mut self, error: &CommandError) {
        for message in self.early.drain(..) {
            message.refuse(error.clone());
        }
    }

    /// Takes no message any more; those that have arrived are answered with this error.
    pub(super) fn close(&mut self, error: &CommandError) {
        self.receiver.close();
        self.refuse_kept(error);
        while let Ok(message) = self.receiver.try_recv() {
            message.refuse(error.clone());
        }
    }
}

impl Message {
    /// Answers a command with this error. A wish to hand over is fulfilled by the end of the run.
    pub(super) fn refuse(self, error: CommandError) {
        match self {
            // The speaker may have gone.
            Self::Command { reply, .. } => drop(reply.send(Err(error))),
            Self::HandOver { .. } => {}
        }
    }
}

/// Where a run tells what happens.
#[derive(Debug)]
pub(super) struct Hub {
    events: broadcast::Sender<Event>,
    shown: watch::Sender<Shown>,
}

impl Hub {
    /// Tells that something happened. Nobody has to listen.
    pub(super) fn emit(&self, now: Now, kind: EventKind) {
        emit(&self.events, now, kind);
    }

    /// Tells that the run acts on the rollout from now on.
    pub(super) fn lease_taken(&self, now: Now, epoch: u64) {
        self.show_lease(true);
        self.emit(now, EventKind::LeaseTaken { epoch });
    }

    /// Tells that the rollout waits, or is anybody's.
    pub(super) fn lease_released(&self, now: Now) {
        self.show_lease(false);
        self.emit(now, EventKind::LeaseReleased);
    }

    /// Returns a way to tell that something happened, for the executors.
    pub(super) fn events(&self) -> broadcast::Sender<Event> {
        self.events.clone()
    }

    /// Shows how the rollout stands.
    pub(super) fn show(&self, status: Status) {
        self.shown.send_if_modified(|shown| {
            let differs = shown.status.as_ref() != Some(&status);
            if differs {
                shown.status = Some(status);
            }
            differs
        });
    }

    /// Lets those who speak too late know that the rollout waits, and has not ended.
    pub(super) fn show_parked(&self) {
        self.shown.send_if_modified(|shown| {
            shown.parked = true;
            false
        });
    }

    /// Shows whether the run has the lease. Nobody waits for this alone.
    pub(super) fn show_lease(&self, holds: bool) {
        self.shown.send_if_modified(|shown| {
            shown.holds = holds;
            false
        });
    }
}

/// Tells that something happened: to whoever listens, and to the log.
pub(super) fn emit(events: &broadcast::Sender<Event>, now: Now, kind: EventKind) {
    log(&kind);
    let _: Result<usize, _> = events.send(Event { now, kind });
}

fn log(kind: &EventKind) {
    match kind {
        EventKind::Recorded(entry) => {
            tracing::debug!(sequence = entry.sequence, fact = entry.fact.name(), "recorded");
        }
        EventKind::Waiting { reason } => tracing::debug!(%reason, "waiting"),
        EventKind::CallFailed { effect, attempt, failure, next_try } => {
            let effect = effect.map(crate::value::EffectId::sequence);
            let pause_millis = next_try.as_ref().map(Duration::as_millis);
            tracing::warn!(effect, attempt, %failure, pause_millis, "call failed");
        }
        EventKind::LeaseTaken { epoch } => tracing::debug!(epoch, "lease taken"),
        EventKind::LeaseReleased => tracing::debug!("parked"),
        EventKind::LeaseLost(loss) => tracing::warn!(%loss, "lease lost"),
        EventKind::JournalLost { reason } => tracing::error!(%reason, "journal lost"),
        EventKind::JournalBack => tracing::info!("journal back"),
        EventKind::InvariantBroken { what } => tracing::error!(%what, "invariant broken"),
        EventKind::Missed(_) => {}
    }
}

/// How many messages may wait; more make the speaker wait.
const MESSAGES_MAX: usize = 64;
