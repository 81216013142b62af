//! The machine as the loop sees it.

use std::sync::Arc;
use std::time::Duration;

use super::EngineError;
use super::claim::Folded;
use super::time::RolloutTime;
use crate::fact::Entry;
use crate::fact::frame::Chain;
use crate::machine::{Ended, Handled, Input, InputError, Machine, Output, Status};
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
    /// Returns whether what is written now belongs to the way back.
    fn goes_back(&self) -> bool;
    /// Returns how the rollout ended, if it did.
    fn outcome(&self) -> Option<Ended>;
    /// Returns the time of the last fact.
    fn last_at(&self) -> Timestamp;
    /// Returns how much of a time in which nobody acted counts at most.
    fn idle_max(&self) -> Duration;
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

    fn goes_back(&self) -> bool {
        self.goes_back()
    }

    fn outcome(&self) -> Option<Ended> {
        self.outcome()
    }

    fn last_at(&self) -> Timestamp {
        self.last_at()
    }

    fn idle_max(&self) -> Duration {
        self.idle_max()
    }
}

/// Keeps the machine of a rollout that parked, for when it is due.
pub(super) type Keep<M> = Arc<dyn Fn(Folded<M>, RolloutTime, Chain) + Send + Sync>;

/// Folds facts into a machine, and finds what they pin.
pub(super) type Fold<M> = Arc<dyn Fn(Vec<Entry>) -> Result<Folded<M>, EngineError> + Send + Sync>;
