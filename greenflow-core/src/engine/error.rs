//! Why a run ended without an end of its rollout.

use std::time::Duration;

use crate::fact::frame::{FrameError, Needs};
use crate::machine::{Ended, InputError, ReplayError};
use crate::plan::PlanError;
use crate::provider::JournalError;
use crate::value::{ControllerId, RolloutId};

/// How a run ended.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the host answers each")]
pub enum RunEnd {
    /// The rollout has ended, or waits for people. A clean roll-back is one of these. While the
    /// notifier is away with pages or alerts waiting, the run ends up to half an hour later than
    /// [`Handle::status`](super::Handle::status) shows it.
    Ended(Ended),
    /// Somebody asked for it with [`Handle::hand_over`](super::Handle::hand_over): the lease is
    /// given back, and any controller may resume the rollout at once.
    HandedOver,
    /// The rollout waits, nobody holds its lease, and this run was told not to wait with it
    /// ([`Engine::leaving_parked`](super::Engine::leaving_parked)). Whoever recovers takes it up
    /// again when it is due.
    Parked {
        /// In how long that is; `None` when only a person can change anything.
        due_in: Option<Duration>,
    },
}

/// Why a run ended although its rollout has not. The rollout itself is as the journal says, and
/// [`Engine::resume`](super::Engine::resume) goes on with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The plan does not fit these providers; nothing was touched.
    #[error("the plan does not fit these providers")]
    Plan(#[from] PlanError),
    /// The journal refused or failed; at the start, nothing was touched.
    #[error("the journal refused or failed")]
    Journal(#[from] JournalError),
    /// The older rollout could not be retired first; nothing of the new one was touched.
    #[error("rollout {rollout} cannot be superseded: {reason}")]
    SupersedeRefused {
        /// The older rollout.
        rollout: RolloutId,
        /// Why not.
        reason: String,
    },
    /// Another controller acts on this rollout now, or may: we stopped at once.
    #[error("the lease of rollout {rollout} is lost: {loss}")]
    LeaseLost {
        /// The rollout.
        rollout: RolloutId,
        /// How.
        loss: LeaseLoss,
    },
    /// The journal stayed away until the lease ran out, with facts not yet durable.
    #[error("the journal of rollout {rollout} stayed away; {unsaved} facts are not durable")]
    JournalUnavailable {
        /// The rollout.
        rollout: RolloutId,
        /// How many facts were lost with it.
        unsaved: usize,
        /// What the journal said last.
        #[source]
        source: Option<JournalError>,
    },
    /// A fact cannot be read, or not be written: the rollout is refused, and nothing was done on it.
    #[error("the journal of rollout {rollout} cannot be read or written")]
    Unreadable {
        /// The rollout.
        rollout: RolloutId,
        /// Which fact, and why.
        #[source]
        source: FrameError,
    },
    /// A newer release wrote what this one must understand and does not: the rollout is refused,
    /// and nothing was done. A controller of that release can go on with it.
    #[error("the journal of rollout {rollout} is too new for this release")]
    JournalTooNew {
        /// The rollout.
        rollout: RolloutId,
        /// What it needs, and in which fact.
        #[source]
        needs: Needs,
    },
    /// The facts make no state: the rollout is refused, and nothing was done.
    #[error("the journal of rollout {rollout} cannot be folded")]
    Replay {
        /// The rollout.
        rollout: RolloutId,
        /// Where, and why.
        #[source]
        source: ReplayError,
    },
    /// The machine refused what the engine must be able to tell it.
    #[error("the machine refused an input")]
    Machine(#[source] InputError),
}

impl EngineError {
    /// A frame was not read.
    pub(super) fn frame(rollout: &RolloutId, error: FrameError) -> Self {
        let rollout = rollout.clone();
        match error {
            FrameError::TooNew(needs) => Self::JournalTooNew { rollout, needs },
            source @ (FrameError::Damaged { .. } | FrameError::Unwritable { .. }) => {
                Self::Unreadable { rollout, source }
            }
        }
    }

    /// The facts were not folded.
    pub(super) fn replay(rollout: &RolloutId, error: ReplayError) -> Self {
        let rollout = rollout.clone();
        if let ReplayError::OtherMachine { needs: version, knows } = error
            && version > knows
        {
            return Self::JournalTooNew { rollout, needs: Needs::Machine { version, knows } };
        }
        Self::Replay { rollout, source: error }
    }
}

/// How a lease was lost.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseLoss {
    /// The journal is at another epoch.
    #[error("the journal is at epoch {current}, ours was {ours}")]
    Fenced {
        /// The epoch we had.
        ours: u64,
        /// The journal's.
        current: u64,
    },
    /// Somebody else has appended.
    #[error("the journal holds {head} facts, we knew {expected}")]
    Conflict {
        /// What it holds.
        head: u64,
        /// What we knew.
        expected: u64,
    },
    /// It could not be renewed in time.
    #[error("it ran out, {late:?} ago")]
    RanOut {
        /// For how long it has been over.
        late: Duration,
    },
    /// The journal does not know the rollout any more.
    #[error("the journal does not know the rollout any more")]
    Gone,
}

/// Why a command was not carried out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The machine rejected it; nothing has changed.
    #[error(transparent)]
    Rejected(InputError),
    /// Another controller acts on the rollout; say it there.
    #[error("controller {owner} acts on this rollout; the command belongs there")]
    HeldElsewhere {
        /// Which.
        owner: ControllerId,
    },
    /// The rollout has not been created yet.
    #[error("the rollout has not been created")]
    NotCreated,
    /// The rollout waits and its run has ended meanwhile; nothing was recorded.
    #[error("the rollout is parked and its run has ended; say it through the engine")]
    Parked,
    /// No run of this engine drives the rollout, and none of its recoveries could take it up.
    #[error("nothing in this process takes rollouts up; resume it, and say it to that handle")]
    NotTakenUp,
    /// The rollout has ended.
    #[error("the rollout has ended")]
    Ended,
    /// Nothing drives the rollout any more. Whether the command was recorded is in the journal.
    #[error("nothing drives the rollout any more; the journal says whether this was recorded")]
    Gone,
}
