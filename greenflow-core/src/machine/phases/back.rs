//! The way back.

use super::{RolledBack, Stuck};
use crate::fact::{RollbackReason, StuckReason, Write};
use crate::value::Timestamp;

/// Going back to blue: the cut first, then the rest in calm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RollingBack {
    pub(crate) since: Timestamp,
    /// When the controller last began to push: at the decision, or after having been stuck.
    pub(crate) pushed_at: Timestamp,
    pub(crate) reason: RollbackReason,
    /// When green was read back as 0; `None` while it is not.
    pub(crate) cut_at: Option<Timestamp>,
    /// How many cuts have been sent.
    pub(crate) cuts: u32,
    /// When green's resources were removed; `None` while they are not.
    pub(crate) stopped_at: Option<Timestamp>,
}

impl RollingBack {
    pub(super) const fn new(reason: RollbackReason, at: Timestamp) -> Self {
        Self { since: at, pushed_at: at, reason, cut_at: None, cuts: 0, stopped_at: None }
    }

    /// Pushes on after having been stuck.
    #[must_use]
    pub(super) const fn again(mut self, at: Timestamp) -> Self {
        self.pushed_at = at;
        self.cuts = 0;
        self
    }

    /// Returns the write that takes all traffic off green. Only a rollout on its way back has it.
    #[must_use]
    pub const fn cut(&self) -> Write {
        Write::Cut
    }

    /// Returns why.
    #[must_use]
    pub const fn reason(&self) -> &RollbackReason {
        &self.reason
    }

    /// Ends on blue.
    #[must_use]
    pub fn finish(self, leftovers: Vec<String>, at: Timestamp) -> RolledBack {
        RolledBack::new(self.reason, leftovers, at)
    }

    /// Stops until a person acts.
    #[must_use]
    pub fn stick(self, reason: StuckReason, at: Timestamp) -> Stuck {
        Stuck::rolling_back(self, reason, at)
    }
}
