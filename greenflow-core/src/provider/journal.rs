//! Where facts are kept, and who may write them.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::BoxError;
use crate::value::{ControllerId, RolloutId, ServiceName, Timestamp};

/// Keeps the facts of rollouts and decides who may write them: journal and lease in one store,
/// under one compare-and-set on (epoch, sequence).
///
/// Frames are opaque bytes to the store. Each says which one it follows on (see
/// [`frame`](crate::fact::frame)), so what a store loses, doubles, swaps or changes is found when it
/// is read, and refused.
///
/// # Contract
/// - **JO-1** `create` succeeds for at most one unended rollout that locks a service; the loser
///   gets `ServiceLocked` and has changed nothing. A rollout id is never used twice (`Exists`). A
///   new rollout is at epoch 1, and its first frames are of that epoch.
/// - **JO-2** `append` is atomic: all frames, in order, or none; and durable before it returns.
/// - **JO-3** `append` succeeds only if the epoch is the lease's current one and `expected_head`
///   the number of frames stored: otherwise `Fenced` or `Conflict`, and nothing has changed.
/// - **JO-4** `read` returns frames in order, without gaps, with the epoch each was written in.
/// - **JO-5** `claim` succeeds only when no live lease of another owner exists, and raises the
///   epoch by at least 1. It says how many frames there are, how far the rollout's own time had
///   come by the last release that told it, and for how long since then none was appended.
///   Time is the store's own. Epochs, leases and locks are as durable as frames.
/// - **JO-6** `renew` succeeds only for the current epoch, while its lease is live.
/// - **JO-7** `release` ends the lease at once and stores when the rollout is due again, and how far
///   its own time has come where that is told; what was told before stays where it is not.
/// - **JO-8** `list` returns every rollout that matches, ordered by id.
/// - **JO-9** An error other than the refusals above leaves open whether the write happened; the
///   caller finds out with `read`.
/// - **JO-10** Dropping a call's future leaves the store usable.
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Creates a rollout with its first frames, locks its service, and claims it.
    ///
    /// # Errors
    /// `ServiceLocked`, `Exists`, or the store's failure.
    async fn create(&self, request: Create) -> Result<Lease, JournalError>;

    /// Appends frames and updates the rollout's standing, in one compare-and-set.
    ///
    /// # Errors
    /// `Fenced`, `Conflict`, `NotFound`, or the store's failure.
    async fn append(&self, request: Append) -> Result<(), JournalError>;

    /// Reads the frames after the first `after`, at most `limit`.
    ///
    /// # Errors
    /// `NotFound`, or the store's failure.
    async fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError>;

    /// Takes the lease of a rollout.
    ///
    /// # Errors
    /// `Held` while another owner's lease is live, `NotFound`, or the store's failure.
    async fn claim(&self, request: Claim) -> Result<Lease, JournalError>;

    /// Prolongs a lease to `ttl` from now.
    ///
    /// # Errors
    /// `Fenced` when the lease has run out or passed to another, or the store's failure.
    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError>;

    /// Gives a lease back, and leaves the rollout so.
    ///
    /// # Errors
    /// `Fenced` when it was not ours any more, or the store's failure.
    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError>;

    /// Lists rollouts.
    ///
    /// # Errors
    /// The store's failure.
    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError>;
}

/// Marks a journal that several controllers, in several processes, may share: its compare-and-set
/// and its clock are the store's own.
pub trait SharedJournal: Journal {}

/// One fact as bytes.
pub type Frame = Vec<u8>;

/// The request to create a rollout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Create {
    /// The rollout.
    pub rollout: RolloutId,
    /// The service it locks.
    pub service: ServiceName,
    /// Who claims it.
    pub owner: ControllerId,
    /// How long the lease lasts.
    pub ttl: Duration,
    /// Its first frames.
    pub frames: Vec<Frame>,
}

/// The request to append.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Append {
    /// Under which lease.
    pub token: LeaseToken,
    /// How many frames the journal holds, as far as the caller knows.
    pub expected_head: u64,
    /// What to add.
    pub frames: Vec<Frame>,
    /// The rollout's standing from now on.
    pub standing: Standing,
    /// These facts are of the way back: a store that has run full may use the room that it keeps
    /// for them.
    pub urgent: bool,
}

/// How a rollout stands, kept beside its frames so that it can be listed without a fold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// It has reached a terminal state; nothing will ever be appended.
    pub ended: bool,
    /// It still locks its service.
    pub locks_service: bool,
}

/// The request to take a lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The rollout.
    pub rollout: RolloutId,
    /// Who claims.
    pub owner: ControllerId,
    /// How long the lease lasts.
    pub ttl: Duration,
}

/// A lease: the right to append and to call providers, until it runs out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The proof.
    pub token: LeaseToken,
    /// How many frames the journal holds.
    pub head: u64,
    /// How far the rollout's own time had come, by the last release that told it; zero before.
    pub reached: Timestamp,
    /// How long ago, by the store's clock, that was told or the last frame was appended, whichever
    /// came later.
    pub idle: Duration,
}

/// How a rollout is left when its lease is given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rest {
    /// After what time it is due again; never, where there is none.
    pub due_in: Option<Duration>,
    /// How far its own time has come. Facts say that too, but a rollout that waits for days writes
    /// none, and each controller that takes it up must know how much of the wait is over.
    pub reached: Option<Timestamp>,
}

/// The proof of a lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeaseToken {
    /// The rollout.
    pub rollout: RolloutId,
    /// The owner.
    pub owner: ControllerId,
    /// The epoch; it only ever grows.
    pub epoch: u64,
}

/// One fact as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredFrame {
    /// Its place, from 1.
    pub sequence: u64,
    /// The lease epoch it was written in.
    pub epoch: u64,
    /// The bytes.
    pub frame: Frame,
}

/// Which rollouts to list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListFilter {
    /// Only of this service.
    pub service: Option<ServiceName>,
    /// Only such as have not ended.
    pub unended: bool,
    /// Only such as nobody leases and that are due.
    pub claimable: bool,
}

/// A rollout in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// The rollout.
    pub rollout: RolloutId,
    /// Its service.
    pub service: ServiceName,
    /// How it stands.
    pub standing: Standing,
    /// How many frames it holds.
    pub head: u64,
    /// Its latest epoch.
    pub epoch: u64,
    /// Who leases it now.
    pub owner: Option<ControllerId>,
}

/// Why the journal refused or failed.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "the engine answers each")]
pub enum JournalError {
    /// Another rollout has the service.
    #[error("service {service} is locked by rollout {by}")]
    ServiceLocked {
        /// The service.
        service: ServiceName,
        /// Who has it.
        by: RolloutId,
    },
    /// The rollout id was used before.
    #[error("rollout {0} exists already; a retry needs a new id")]
    Exists(RolloutId),
    /// There is no such rollout.
    #[error("no rollout {0} in the journal")]
    NotFound(RolloutId),
    /// Another owner's lease is live.
    #[error("rollout {rollout} is leased by {owner} for another {remaining:?}")]
    Held {
        /// The rollout.
        rollout: RolloutId,
        /// Who has it.
        owner: ControllerId,
        /// For how long at least.
        remaining: Duration,
    },
    /// Our lease has passed to another epoch, or has run out.
    #[error("the lease of epoch {ours} is over; the journal is at epoch {current}")]
    Fenced {
        /// The epoch we wrote with.
        ours: u64,
        /// The journal's.
        current: u64,
    },
    /// The journal holds another number of frames than we thought.
    #[error("the journal holds {head} facts, not {expected}")]
    Conflict {
        /// What it holds.
        head: u64,
        /// What we thought.
        expected: u64,
    },
    /// The store is down, slow, or full; whether the write happened is open.
    #[error("the journal cannot be reached or written: {reason}")]
    Unavailable {
        /// What it said.
        reason: String,
        /// The cause.
        #[source]
        source: Option<BoxError>,
    },
    /// The store's own data is damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
}
