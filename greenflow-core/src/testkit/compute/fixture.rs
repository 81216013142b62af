//! What the kit needs of a compute provider under test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::Compute;
use crate::testkit::{Fate, Fixture, Stimulus, cannot};
use crate::value::{Digest, Revision, Side};

/// A fresh compute provider: blue runs, healthy and with all production traffic; green is not
/// there. And the hands that act on it from outside.
#[async_trait]
pub trait ComputeFixture: Fixture {
    /// Returns the provider, the same at each call.
    fn compute(&self) -> Arc<dyn Compute>;

    /// Returns a revision that green can run.
    fn revision(&self) -> Revision;

    /// Returns what blue runs, as it is known without asking the provider.
    fn blue_digest(&self) -> Digest;

    /// Returns how many targets blue has; at least 2.
    fn blue_targets(&self) -> u32;

    /// Returns how long a target takes until it is healthy.
    fn startup(&self) -> Duration;

    /// Gives a side so many targets without going through the provider, as a person does (CO-1).
    async fn scale_by_another_hand(&self, _side: Side, _targets: u32) -> Stimulus {
        cannot("scale a side by another hand")
    }

    /// Makes no target of a side answer (CO-4).
    async fn break_targets(&self, _side: Side) -> Stimulus {
        cannot("break targets")
    }

    /// Takes that back.
    async fn mend_targets(&self, _side: Side) -> Stimulus {
        cannot("mend targets")
    }

    /// Lets the platform give green up when it is started next (CO-11).
    async fn let_the_start_fail(&self) -> Stimulus {
        cannot("let a start fail for good")
    }

    /// Lets one target of a side run another digest (CO-5).
    async fn run_another_digest(&self, _side: Side, _digest: Digest) -> Stimulus {
        cannot("run another digest")
    }

    /// Lets whatever scales a side by itself take it down as far as it can, and waits until that
    /// has been done (CO-6).
    async fn let_automation_shrink(&self, _side: Side) -> Stimulus {
        cannot("let automation shrink a side")
    }

    /// Sends all production traffic to a side, and waits until it is there (CO-8).
    async fn send_traffic_to(&self, _side: Side) -> Stimulus {
        cannot("send traffic to a side")
    }

    /// Decides what shall happen to the next write (CO-9).
    async fn doom_next_write(&self, _fate: Fate) -> Stimulus {
        cannot("decide the fate of a write")
    }
}
