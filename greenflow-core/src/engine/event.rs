//! What happens in a rollout, as a stream.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::LeaseLoss;
use crate::fact::Entry;
use crate::provider::FailureRecord;
use crate::value::{EffectId, Now};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub now: Now,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// A fact is durable.
    Recorded(Arc<Entry>),
    /// The rollout waits for something else now.
    Waiting {
        /// What for.
        reason: String,
    },
    /// A call to a provider failed.
    CallFailed {
        /// The write it belongs to; `None` for a read or a notice.
        effect: Option<EffectId>,
        /// Which attempt of it.
        attempt: u32,
        /// How.
        failure: FailureRecord,
        /// After which pause it is tried again; `None` when it is not.
        next_try: Option<Duration>,
    },
    /// We act on the rollout now.
    LeaseTaken {
        /// In this epoch.
        epoch: u64,
    },
    /// The rollout is parked: it waits without a lease.
    LeaseReleased,
    /// We do not act on the rollout any more.
    LeaseLost(LeaseLoss),
    /// Facts cannot be made durable; only the way back is open.
    JournalLost {
        /// What the journal said.
        reason: String,
    },
    /// All facts are durable again.
    JournalBack,
    /// A rule that must always hold does not: nothing goes forward any more.
    InvariantBroken {
        /// Which.
        what: String,
    },
    /// The reader was too slow and missed this many events. The facts are all in the journal.
    Missed(u64),
}

/// The events of one rollout, from the moment it was asked for.
#[derive(Debug)]
pub struct EventStream {
    receiver: broadcast::Receiver<Event>,
    held_back: Option<Event>,
}

impl EventStream {
    pub(super) const fn new(receiver: broadcast::Receiver<Event>) -> Self {
        Self { receiver, held_back: None }
    }

    /// Returns the next event; `None` when the run has ended.
    ///
    /// # Cancel safety
    /// Dropping this future loses no event, but may lose the count of missed ones.
    pub async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.held_back.take() {
            return Some(event);
        }
        let mut missed = 0_u64;
        loop {
            match self.receiver.recv().await {
                Ok(event) if missed == 0 => return Some(event),
                Ok(event) => {
                    let now = event.now;
                    self.held_back = Some(event);
                    return Some(Event { now, kind: EventKind::Missed(missed) });
                }
                Err(RecvError::Lagged(count)) => missed = missed.saturating_add(count),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// How many events a slow reader may be behind before it misses some: twice as many as a whole
/// rollout without trouble has facts. Room for all is taken at the start, for each live rollout.
pub(super) const EVENTS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::TestClock;
    use crate::value::{Timestamp, WallTime};

    #[test]
    fn a_slow_reader_is_told_how_much_it_missed_and_blocks_nobody() {
        let (sender, receiver) = broadcast::channel(4);
        let mut stream = EventStream::new(receiver);
        for step in 0..10 {
            let now = Now::new(Timestamp::from_millis(step), WallTime::from_unix_millis(0));
            assert!(sender.send(Event { now, kind: EventKind::JournalBack }).is_ok());
        }
        drop(sender);
        TestClock::new().run(async move {
            let first = stream.next().await.unwrap();
            assert_eq!(first.kind, EventKind::Missed(6));
            for step in 6..10 {
                assert_eq!(stream.next().await.unwrap().now.at, Timestamp::from_millis(step));
            }
            assert_eq!(stream.next().await, None);
        });
    }
}
