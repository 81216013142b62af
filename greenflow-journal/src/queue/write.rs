//! What callers ask a writer for.

use std::time::Duration;

use greenflow_core::provider::{
    Append, Claim, Create, Frame, JournalError, Lease, LeaseToken, Rest, Standing,
};
use greenflow_core::value::RolloutId;

/// One write.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Create(Create),
    Append(Append),
    Claim(Claim),
    Renew { token: LeaseToken, ttl: Duration },
    Release { token: LeaseToken, rest: Rest },
}

/// What a write that succeeded leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Done {
    Lease(Lease),
    Nothing,
}

/// What came of a write.
pub(crate) type Answer = Result<Done, JournalError>;

impl Write {
    pub(crate) const fn rollout(&self) -> &RolloutId {
        match self {
            Self::Create(create) => &create.rollout,
            Self::Append(append) => &append.token.rollout,
            Self::Claim(claim) => &claim.rollout,
            Self::Renew { token, .. } | Self::Release { token, .. } => &token.rollout,
        }
    }

    /// Returns how many bytes of frames it brings.
    pub(crate) fn bytes(&self) -> usize {
        let frames: &[Frame] = match self {
            Self::Create(create) => &create.frames,
            Self::Append(append) => &append.frames,
            Self::Claim(_) | Self::Renew { .. } | Self::Release { .. } => &[],
        };
        frames.iter().map(Vec::len).sum()
    }

    /// Returns whether it serves to go on, so that a full store refuses it. Leases, ends and all
    /// facts of the way back are written as long as there is any room.
    pub(crate) const fn is_forward(&self) -> bool {
        match self {
            Self::Create(_) => true,
            Self::Append(Append { urgent, standing: Standing { ended, .. }, .. }) => {
                !*urgent && !*ended
            }
            Self::Claim(_) | Self::Renew { .. } | Self::Release { .. } => false,
        }
    }
}
