//! What the kit needs of a balancer under test.

use std::sync::Arc;

use async_trait::async_trait;

use crate::provider::LoadBalancer;
use crate::testkit::{Fate, Fixture, Stimulus, cannot};
use crate::value::{RouteId, Split};

/// A fresh balancer with all traffic on blue, and the hands that act on it from outside.
#[async_trait]
pub trait LoadBalancerFixture: Fixture {
    /// Returns the balancer, the same at each call.
    fn load_balancer(&self) -> Arc<dyn LoadBalancer>;

    /// Returns the routes that carry the service's traffic, as they are known without asking the
    /// balancer; in any order.
    fn routes(&self) -> Vec<RouteId>;

    /// Sets every route without going through the provider (LB-9).
    async fn set_by_another_hand(&self, _hand: OtherHand) -> Stimulus {
        cannot("set the split by another hand")
    }

    /// Makes one of the routes unreadable, while the others still can be read (LB-1).
    async fn hide_one_route(&self) -> Stimulus {
        cannot("hide one route")
    }

    /// Decides what shall happen to the next write (LB-6, LB-7).
    async fn doom_next_write(&self, _fate: Fate) -> Stimulus {
        cannot("decide the fate of a write")
    }
}

/// What somebody else sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a fixture answers each")]
pub enum OtherHand {
    /// An ordinary split.
    Split(Split),
    /// Weights that no [`Split`] can say, such as both 0, or a third target.
    Foreign,
}
