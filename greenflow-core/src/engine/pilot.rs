//! The machine as the loop sees it.

use std::sync::Arc;

use crate::fact::Entry;
use crate::machine::{Ended, Handled, Input, InputError, Machine, Output, ReplayError, Status};
use crate::provider::Standing;
use crate::value::{Now, Timestamp};

/// What the loop needs of a machine: a seam, so that the loop's own tests can script one.
pub(super) trait Pilot: Send {
    /// Decides, and folds what was decided.
    fn handle_input(&mut self, now: Now, input: Input) -> Result<Handled, InputError>;
    /// Returns what is to be carried out next.
    fn poll_output(&mut self) -> Output;
    /// Says in which epoch facts are written from now on.
    fn set_epoch(&mut self, epoch: u64);
    /// Returns how many facts there are.
    fn head(&self) -> u64;
    /// Returns what the journal keeps beside the facts.
    fn standing(&self) -> Standing;
    /// Returns how the rollout stands, for people.
    fn status(&self) -> Status;
    /// Returns how the rollout ended, if it did.
    fn outcome(&self) -> Option<Ended>;
    /// Returns the time of the last fact.
    fn last_at(&self) -> Timestamp;
}

impl Pilot for Machine {
    fn handle_input(&mut self, now: Now, input: Input) -> Result<Handled, InputError> {
        self.handle_input(now, input)
    }

    fn poll_output(&mut self) -> Output {
        self.poll_output()
    }

    fn set_epoch(&mut self, epoch: u64) {
        self.set_epoch(epoch);
    }

    fn head(&self) -> u64 {
        self.head()
    }

    fn standing(&self) -> Standing {
        self.standing()
    }

    fn status(&self) -> Status {
        self.status()
    }

    fn outcome(&self) -> Option<Ended> {
        self.outcome()
    }

    fn last_at(&self) -> Timestamp {
        self.last_at()
    }
}

/// Folds facts into a machine.
pub(super) type Fold<M> = Arc<dyn Fn(Vec<Entry>) -> Result<M, ReplayError> + Send + Sync>;
